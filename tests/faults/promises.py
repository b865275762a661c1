"""What the console promises under faults and attacks: the list that tests and guards name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One line of the list. `due` is empty, or says with what the promise becomes due."""

    number: str
    text: str
    starred: bool = False
    due: str = ""


def _promise(number: str, text: str, *, due: str = "") -> Promise:
    """A star behind the number marks the promises that come first."""
    bare = number.removesuffix("*")
    return Promise(number=bare, text=text, starred=bare != number, due=due)


CONNECTED_ACCOUNTS = "connected accounts"

_INPUT = (
    _promise("I1*", "A prefix is accepted exactly when AWS's own pattern accepts it; others stay"),
    _promise(
        "I2*", "An upstream host is one of the catalogue's, over https, never an inner address"
    ),
    _promise(
        "I3*", "A secret ARN of another account, Region, partition or name is refused, and why"
    ),
    _promise("I4", "A role ARN of another account is refused; a denied PassRole is explained"),
    _promise("I5", "The rule above a Region's quota is told at the review, and survived in a race"),
    _promise(
        "I6*", "Repeated, unknown, oversized or non-form input is answered with 4xx, never 500"
    ),
    _promise("I7", "A prefix that meets another rule's is told with both names"),
)
_WIZARD = (
    _promise("W1*", "Confirming ten times at once makes one secret and one rule, told the same"),
    _promise("W2*", "Two drafts in two tabs never mix; their addresses cannot be guessed"),
    _promise(
        "W3*", "A step that was skipped leads back to the first unfinished one; nothing is kept"
    ),
    _promise("W4*", "A changed earlier answer drops what depended on it; what is reviewed is sent"),
    _promise("W5*", "Tampered hidden fields lose against the draft on the server, and are logged"),
    _promise("W6*", "Signing in again leads back to the step; only the credential is asked anew"),
    _promise("W7*", "A draft keeps its own account and Region, shows them, and is created there"),
    _promise("W8*", "Going back after a creation repeats nothing and says that it was created"),
    _promise(
        "W9", "A role that was taken away between first step and confirmation refuses at once"
    ),
    _promise("W10", "Another worker process goes on with a draft where the first one left it"),
    _promise(
        "W11", "Abandoned drafts go by age; their credential is sealed and gone in 15 minutes"
    ),
)
_AWS = (
    _promise(
        "F1*", "Throttled twice, then served: at most three attempts, spread, in the deadline"
    ),
    _promise(
        "F2*", "With a third of all calls throttled, every Region is shown or marked to retry"
    ),
    _promise("F3*", "A Region that hangs or cannot be reached holds no other back and says why"),
    _promise(
        "F4*", "No access is told apart from no rules, with the missing action; never as zero"
    ),
    _promise("F5", "Expired credentials are renewed once for all Regions, or told once"),
    _promise(
        "F6*", "Creating in many Regions goes on past a failure; only the failed are repeated"
    ),
    _promise("F7*", "A process that is killed at any point leaves nothing that is not found again"),
    _promise(
        "F8*", "A secret is taken back only if this operation made it and nothing else uses it"
    ),
    _promise("F9*", "A secret not seen yet is waited for if it is new, and reported if it is not"),
    _promise("F10*", "A CreateSecret whose answer was lost is repeated as the same request"),
    _promise(
        "F11", "A secret's name that is being deleted is offered back, or another name is asked"
    ),
    _promise(
        "F12*", "A rule whose answer was lost is read back: as asked is success, else a conflict"
    ),
    _promise("F13", "A replacement that fails puts the old rule back; both ends are in the audit"),
    _promise(
        "F14", "A secret that some rule uses, or may use unread, is not deleted; all are named"
    ),
    _promise("F15", "A broken or unknown answer marks its Region and is shown as it came, escaped"),
    _promise("F16", "A list of AWS's that never ends is stopped, and said to be"),
)
_SECRETS = (
    _promise("S1*", "A token that was typed is found nowhere afterwards but in Secrets Manager"),
    _promise("S2*", "No error report of any function that handles a token holds it"),
    _promise("S3*", "AWS's libraries never log bodies; a filter redacts what gets by"),
    _promise("S4*", "A token field comes back empty, is not completed and not kept by the browser"),
    _promise("S5*", "Nothing in the console reads a secret's value"),
    _promise("S6", "What is sealed is authenticated, by rotating keys that the database has not"),
    _promise("S7", "Static access keys have no way in by the web"),
    _promise("S8", "Exports name ARNs only, and no cell is a formula"),
)
_ACCESS = (
    _promise("Z1*", "Every address has its expected answer for every kind of person and method"),
    _promise("Z2*", "Another account's or Region's names in an address: refused, uncalled, logged"),
    _promise("Z3", "A button that is not shown is refused when posted as well"),
    _promise("Z4*", "External ids are the server's own, and demanded", due=CONNECTED_ACCOUNTS),
    _promise("Z5", "A role stands for one account, its true one", due=CONNECTED_ACCOUNTS),
    _promise("Z6*", "There is no user and no password to begin with"),
    _promise("Z7", "Guessed passwords are limited by account and address, and tell nothing"),
    _promise("Z8", "A session changes at sign-in, ends everywhere it should, and grows old"),
    _promise("Z9", "What destroys, or handles credentials, asks again who one is after 30 minutes"),
)
_WEB = (
    _promise("H1*", "Every answer of any status carries the whole set of protecting headers"),
    _promise("H2", "htmx evaluates nothing and asks nobody else; no page breaks its own policy"),
    _promise("H3*", "Every change needs a CSRF token of this site; reading changes nothing"),
    _promise("H4*", "Foreign text is text wherever it is shown"),
    _promise("H5*", "No address given from outside leads off the site or splits a header"),
    _promise("H6", "Foreign Host headers are refused; forwarded ones count from the proxy only"),
    _promise("H7", "Cookies are bound to host, TLS and this site, and out of reach of scripts"),
    _promise("H8", "The scanner, signed in as an operator, finds nothing"),
)
_DATA = (
    _promise("C1*", "An edit over somebody else's is a conflict that shows the difference"),
    _promise("C2", "Of two who create the same rule one wins and the other sees it"),
    _promise("C3", "A rule that is being deleted does not come back into the list"),
    _promise("D1*", "What cannot be audited is not done"),
    _promise("D2*", "The audit cannot be changed unnoticed, cut off at its end included"),
    _promise("D3", "No text in a log line makes another line or a colour"),
    _promise("D4", "Data of another version is named and left alone; a backup under load verifies"),
    _promise("D5", "A database that is full or locked is told as such, and AWS is left alone"),
)
_SUPPLY = (
    _promise("P1*", "What is installed is what was locked: hashes, wheels, a stored bill, htmx"),
    _promise("P2", "A vulnerability check that could not look says so, and never that it passed"),
    _promise("P3", "Production is checked clean, and an unsafe one does not start"),
)

PROMISES: dict[str, Promise] = {
    promise.number: promise
    for group in (_INPUT, _WIZARD, _AWS, _SECRETS, _ACCESS, _WEB, _DATA, _SUPPLY)
    for promise in group
}
DUE = {number: promise for number, promise in PROMISES.items() if not promise.due}
LATER = {number: promise for number, promise in PROMISES.items() if promise.due}
