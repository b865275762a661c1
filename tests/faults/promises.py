"""The promises of the console under faults and attacks, which tests and guards refer to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise. `due` names the unbuilt feature that it belongs to, or is empty."""

    number: str
    text: str
    starred: bool = False
    due: str = ""


def _promise(number: str, text: str, *, due: str = "") -> Promise:
    """Create a promise; a star after the number marks the most important ones."""
    bare = number.removesuffix("*")
    return Promise(number=bare, text=text, starred=bare != number, due=due)


_INPUT = (
    _promise(
        "I1*", "A prefix without the blanks around it is accepted if and only if AWS accepts it"
    ),
    _promise(
        "I2*", "An upstream host is one of the catalogue, over https, never an internal address"
    ),
    _promise(
        "I3*", "A secret ARN of another account, Region, partition or name is refused with a reason"
    ),
    _promise("I4", "A role ARN of another account is refused; a denied PassRole is explained"),
    _promise(
        "I5", "A rule above the quota of a Region is reported at the review, and handled in a race"
    ),
    _promise(
        "I6*", "Repeated, unknown, oversized or non-form input is answered with 4xx, never 500"
    ),
    _promise("I7", "A prefix that overlaps another rule's is reported with both names"),
    _promise(
        "I8*", "The counterpart of a secret is found by the name that AWS tells, or not at all"
    ),
    _promise("I9", "A role is refused if ECR certainly cannot use it, and only then"),
    _promise(
        "I10*", "What was pasted wrongly is refused at its field, with the place, and not repeated"
    ),
    _promise(
        "I11", "YAML that is nested deeply, or whose aliases stand for too much, is not walked"
    ),
    _promise(
        "I12*",
        "A credential test asks hosts of the catalogue at public addresses, without redirects",
    ),
    _promise("I13", "A credential test ends at its deadline, whatever the upstream sends"),
)
_WIZARD = (
    _promise(
        "W1*", "Ten concurrent confirmations create one secret and one rule, with the same answer"
    ),
    _promise("W2*", "Two drafts in two tabs are independent; their addresses cannot be guessed"),
    _promise("W3*", "Skipping a step leads back to the first unfinished one; nothing is saved"),
    _promise(
        "W4*", "Changing an answer drops those that depend on it; Create sends what was reviewed"
    ),
    _promise(
        "W5*", "Tampered hidden fields have no effect on the draft on the server, and are logged"
    ),
    _promise("W6*", "Signing in again leads back to the step; only the credential is asked again"),
    _promise("W7*", "A draft keeps its own account and Region, shows them, and is created there"),
    _promise("W8*", "Going back after Create repeats nothing and says that the rule exists"),
    _promise(
        "W9", "A role that was removed between the first step and Create is refused immediately"
    ),
    _promise("W10", "Another server process can continue a draft"),
    _promise(
        "W11", "Abandoned drafts expire; their credential is sealed and expires in 15 minutes"
    ),
    _promise(
        "W12*", "An answer never overwrites one that another tab saved since; the person compares"
    ),
)
_AWS = (
    _promise(
        "F1*", "A throttled call is sent at most three times, with jitter, within the deadline"
    ),
    _promise(
        "F2*", "With a third of all calls throttled, every Region is shown or marked for retry"
    ),
    _promise(
        "F3*", "A Region that hangs or is unreachable does not delay others; the reason is shown"
    ),
    _promise(
        "F4*", "No access is distinguished from no rules, with the missing action; never as zero"
    ),
    _promise("F5", "Expired credentials are renewed once for all Regions, or reported once"),
    _promise(
        "F6*", "Create in many Regions continues after a failure; only failed Regions are retried"
    ),
    _promise("F7*", "Whatever a killed process leaves behind, at any point, is found again"),
    _promise(
        "F8*", "A secret is deleted only if this operation created it and nothing else uses it"
    ),
    _promise("F9*", "A secret that ECR does not see yet is waited for if new, otherwise reported"),
    _promise(
        "F10*", "A CreateSecret with a lost response is repeated with the same idempotency token"
    ),
    _promise(
        "F11", "For a name that is scheduled for deletion, restore or another name is offered"
    ),
    _promise(
        "F12*", "After a lost response the rule is read: as requested is success, else a conflict"
    ),
    _promise("F13", "A failed replacement restores the old rule; both outcomes are audited"),
    _promise("F14", "A secret that a rule uses, or may use, is not deleted; the rules are named"),
    _promise("F15", "A malformed or unknown response marks its Region and is shown escaped"),
    _promise("F16", "A list of AWS that never ends is cut off, and this is reported"),
    _promise(
        "F17", "Whatever fails in boto3's credential chain is named; nothing prompts or hangs"
    ),
    _promise(
        "F18*", "No answer of AWS breaks off a page; what is remembered of it fits the database"
    ),
    _promise(
        "F19*", "An answer that is damaged or of a proxy is no success and no refusal of a change"
    ),
    _promise(
        "F20", "No page waits longer than its deadline; few requests wait for a Region or person"
    ),
    _promise("F21", "A rotation puts an old version back only over the version that it stored"),
    _promise("F22", "A deletion of several rules deletes only those that the person selected"),
    _promise(
        "F23", "The rules of a rotation are validated when replicas are in sync, and after a kill"
    ),
    _promise(
        "F24", "A clean-up deletes only images that its preview showed, if they are unchanged"
    ),
)
_SECRETS = (
    _promise("S1*", "A typed token is stored nowhere but in Secrets Manager"),
    _promise("S2*", "No error report of a function that handles a token contains it"),
    _promise("S3*", "AWS's libraries never log bodies; a filter redacts the rest"),
    _promise(
        "S4*", "A token field is redisplayed empty, and neither completed nor stored by browsers"
    ),
    _promise("S5*", "Nothing in the console reads a secret's value"),
    _promise(
        "S6", "Sealed credentials are authenticated; their keys rotate and are not in the database"
    ),
    _promise("S7", "Access keys cannot be entered in the web interface"),
    _promise("S8", "Exports contain ARNs only, and no cell is a formula"),
    _promise(
        "S9*", "The server's own credentials, signatures and proxy passwords are shown nowhere"
    ),
    _promise("S10", "An API token in an address is refused; what only begins like one is not"),
    _promise("S11*", "A sealed credential is in the database for 15 minutes, whoever comes back"),
    _promise("S12*", "No word of AWS that repeats a sent credential is shown, kept or logged"),
    _promise(
        "S13", "A page that answers a POST is stored encrypted; one with a secret is shown once"
    ),
    _promise(
        "S14", "The webhook is signed at each attempt; addresses of services are shown nowhere"
    ),
    _promise("S15", "Nothing of a file that is converted is stored or logged"),
    _promise(
        "S16*", "The credential of an operation over accounts is sealed for it, until its end"
    ),
)
_ACCESS = (
    _promise(
        "Z1*", "Every address has its expected answer for every kind of person and every method"
    ),
    _promise(
        "Z2*", "Names of another account or Region are refused before any AWS call, and logged"
    ),
    _promise("Z3", "A hidden button is refused when its form is posted"),
    _promise("Z4*", "External IDs are generated by the server and required"),
    _promise("Z5", "A role belongs to one account, the one that it reports"),
    _promise("Z6*", "There is no default user and no default password"),
    _promise("Z7", "Password guesses are limited by account and address, and reveal nothing"),
    _promise(
        "Z8", "A session's key changes at sign-in; sessions end by time and when they are revoked"
    ),
    _promise(
        "Z9", "Destructive actions and credentials need a confirmed identity of the last 30 minutes"
    ),
    _promise("Z10", "Guesses of one kind lock no other kind; pages of other sites lock no visitor"),
    _promise(
        "Z11", "Of an identity provider, only what it signed or told about this person counts"
    ),
    _promise("Z12", "A request with an API token has no session, whatever cookies come with it"),
    _promise("Z13", "Credential tests of a person are limited in number, audited, and no way in"),
    _promise("Z14*", "A call of an account is signed with credentials of that account alone"),
    _promise("Z15", "No call is made in an account that is disabled or removed"),
)
_WEB = (
    _promise("H1*", "Every response of any status has all security headers"),
    _promise("H2", "htmx evaluates no code and calls no other site; no page violates its policy"),
    _promise("H3*", "Every change needs a CSRF token; GET changes nothing"),
    _promise("H4*", "External text is escaped wherever it is shown"),
    _promise("H5*", "No address from a request leads to another site or splits a header"),
    _promise(
        "H6", "Unknown Host headers are refused; forwarded headers are trusted from the proxy only"
    ),
    _promise("H7", "Cookies are bound to host, TLS and this site, and inaccessible to scripts"),
    _promise("H8", "The scanner, signed in as an operator, finds nothing"),
    _promise("H9", "Metrics have an address of their own, never a public one, with nothing else"),
)
_DATA = (
    _promise("C1*", "A concurrent edit is a conflict that shows the difference"),
    _promise("C2", "Of two people who create the same rule, one succeeds and the other is told"),
    _promise("C3", "A deleted rule does not reappear in the list"),
    _promise("D1*", "A change that cannot be audited is not made"),
    _promise("D2*", "The audit trail cannot be changed unnoticed, nor cut off at its end"),
    _promise("D3", "No text in a log line starts another line or an escape sequence"),
    _promise("D4", "Data of another version is named and left alone; a backup under load verifies"),
    _promise("D5", "A full or locked database is reported as such, and AWS is not called"),
    _promise("D6", "A row that the console did not write is set aside by a command; all goes on"),
    _promise("D7", "Repeated refusals of a person at a place are one audit row with a count"),
    _promise("D8", "Audit rows are pruned up to a sealed checkpoint, which verification needs"),
    _promise("D9", "On PostgreSQL, the console's role cannot change the trail; a check tells"),
)
_BACKGROUND = (
    _promise(
        "B1*", "A restarted database or a cache that is down or hangs costs no request its answer"
    ),
    _promise(
        "B2*", "A bad item ends alone; another worker takes up what one left, within a minute"
    ),
    _promise("B3", "Each schedule that is due is started, whatever happens to the others"),
    _promise("B4*", "No error ends the worker; it waits for a database that does not answer"),
    _promise("B5", "No work waits for other kinds of work; alerts are retried for a day"),
    _promise("B6", "Work of another account than that of the credentials is not sent to AWS"),
    _promise("B7", "While no worker is alive, pages about its work and /readyz say so"),
    _promise(
        "B8", "Changes in many Regions share a bound of database connections, and fail one by one"
    ),
    _promise("B9", "Connections that stall in the middle of a request are ended"),
    _promise(
        "B10", "An alert that is delivered twice has the same ID; a stopping worker notes the last"
    ),
    _promise("B11", "The worker deletes finished tasks, so that its queries stay short"),
    _promise(
        "B12",
        "A Region that does not respond is not asked about each rule or secret of a change",
    ),
    _promise(
        "B13",
        "A secret that an upstream refused is not tried again before it changes, but by a person",
    ),
    _promise(
        "B14*", "What a process that died was creating is finished elsewhere, or left to a person"
    ),
    _promise(
        "B15", "A broker that is down costs no request its answer, and can only ring tasks of ours"
    ),
)
_SUPPLY = (
    _promise("P1*", "What is installed is what is locked: hashes, wheels, a stored SBOM, htmx"),
    _promise("P2", "A vulnerability check that could not run says so, and never that it passed"),
    _promise("P3", "Production settings pass the checks, and unsafe ones do not start"),
)

PROMISES: dict[str, Promise] = {
    promise.number: promise
    for group in (_INPUT, _WIZARD, _AWS, _SECRETS, _ACCESS, _WEB, _DATA, _BACKGROUND, _SUPPLY)
    for promise in group
}
DUE = {number: promise for number, promise in PROMISES.items() if not promise.due}
LATER = {number: promise for number, promise in PROMISES.items() if promise.due}
