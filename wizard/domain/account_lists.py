"""Lists of accounts in pasted texts and files: CSV, TSV, JSON, and the answer of ListAccounts.

A list says which accounts there are and how they are called. What it lacks, such as the role, has a
default. Spreadsheets change such lists; what they do to account IDs is told, not guessed.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from wizard.domain.accounts import ALIAS_MAX, OWNER_MAX, check_role_arn, role_arn_of
from wizard.domain.errors import InvalidIdentifier
from wizard.domain.facts import storable_text
from wizard.domain.identifiers import is_account_id
from wizard.domain.imports import MOST_BYTES, ImportProblem, Spot
from wizard.domain.texts import gettext_noop as _

# An organization has 10,000 accounts at most, by its quota.
MOST_ACCOUNTS: Final = 10_000
PLACEHOLDER: Final = "{account_id}"
ROLE_MAX: Final = 512

# The names of columns and members, in lower case and without blanks, hyphens and underscores.
_NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("accountid", "account", "id", "awsaccountid"), "account_id"),
    **dict.fromkeys(("alias", "name", "accountname", "accountalias"), "alias"),
    **dict.fromkeys(("owner", "team"), "owner"),
    **dict.fromkeys(("rolearn", "role", "rolename"), "role"),
    **dict.fromkeys(("regions", "region", "regionsinuse"), "regions"),
    "status": "status",
}
_ORDER: Final = ("account_id", "alias", "owner", "role", "regions")
_DIGITS: Final = re.compile(r"[0-9][0-9 -]*")
_FORMULA: Final = re.compile(r'="(.*)"')
_ROUNDED: Final = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[\s,;|/]+")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAccount:
    """An account of a list. `problem` says why it cannot be added, as a code.

    Codes are `id`, `zeros`, `rounded`, `alias`, `owner`, `regions`, `suspended`, `twice`, and
    `role-...` with the part of the role's ARN that is wrong.
    """

    account_id: str
    alias: str = ""
    owner: str = ""
    role_arn: str = ""
    regions: tuple[str, ...] = ()
    problem: str = ""


def read_accounts(text: str, *, role: str, regions: Iterable[str]) -> list[ListedAccount]:
    """Return the accounts in a text, at least one; raises ImportProblem.

    `role` is the name, or the ARN with `{account_id}`, of the role of accounts that name none.
    `regions` are the codes that exist.
    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise ImportProblem(_("The text is too large. You can import up to 1 MB."))
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        words = _("This isn't text. It contains a control character.")
        raise ImportProblem(words, Spot(line, found.start() - text.rfind("\n", 0, found.start())))
    rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    read = list(islice(rows, MOST_ACCOUNTS + 1))
    if len(read) > MOST_ACCOUNTS:
        raise ImportProblem(_("There are too many accounts. You can import up to 10,000 at once."))
    if not read:
        raise ImportProblem(_("No account was found."))
    return listed(read, role=role, regions=regions)


def listed(
    rows: Iterable[Mapping[str, str]], *, role: str, regions: Iterable[str]
) -> list[ListedAccount]:
    """Return the accounts of rows by the names of their columns, with what is wrong about each."""
    known, seen = frozenset(regions), set[str]()
    return [_listed(row, role, known, seen) for row in rows]


def is_role_template(text: str) -> bool:
    """Whether a text is the name of a role, or an ARN, for any account."""
    try:
        check_role_arn(_role_arn(text, "111122223333"), account_id="111122223333")
    except InvalidIdentifier:
        return False
    return True


def _role_arn(role: str, account_id: str) -> str:
    filled = role.strip().replace(PLACEHOLDER, account_id)
    return filled if ":" in filled else role_arn_of(account_id, filled.removeprefix("role/"))


def _listed(
    row: Mapping[str, str], role: str, known: frozenset[str], seen: set[str]
) -> ListedAccount:
    cells = {name: storable_text(value).strip() for name, value in row.items()}
    typed = _FORMULA.sub(r"\1", cells.get("account_id", "")).lstrip("'")
    account_id = re.sub("[ -]", "", typed) if _DIGITS.fullmatch(typed) else typed
    codes = tuple(dict.fromkeys(filter(None, _SEPARATORS.split(cells.get("regions", "").lower()))))
    is_valid = is_account_id(account_id)
    role_arn = _role_arn(cells.get("role") or role, account_id) if is_valid else ""
    problem = _problem(account_id, role_arn, cells, codes, known) or (
        "twice" if account_id in seen else ""
    )
    seen.add(account_id)
    return ListedAccount(
        account_id=account_id[:32],
        alias=cells.get("alias", "")[:ALIAS_MAX],
        owner=cells.get("owner", "")[:OWNER_MAX],
        role_arn=role_arn[:ROLE_MAX],
        regions=codes if set(codes) <= known else (),
        problem=problem,
    )


def _problem(
    account_id: str,
    role_arn: str,
    cells: Mapping[str, str],
    codes: Sequence[str],
    known: frozenset[str],
) -> str:
    if not is_account_id(account_id):
        if _ROUNDED.fullmatch(account_id):
            return "rounded"
        return "zeros" if account_id.isdecimal() and 9 <= len(account_id) < 12 else "id"
    if cells.get("status", "").upper() not in ("", "ACTIVE"):
        return "suspended"
    if len(cells.get("alias", "")) > ALIAS_MAX:
        return "alias"
    if len(cells.get("owner", "")) > OWNER_MAX:
        return "owner"
    if not set(codes) <= known:
        return "regions"
    try:
        check_role_arn(role_arn, account_id=account_id)
    except InvalidIdentifier as error:
        is_whole = error.part.startswith(("role-", "service-"))
        return error.part if is_whole else f"role-{error.part}"
    return "role-length" if len(role_arn) > ROLE_MAX else ""


def _csv_rows(text: str) -> Iterator[Mapping[str, str]]:
    head = text.lstrip("\n").partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: Sequence[str] = ()
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _names_of(cells)
                if names:
                    continue
                names = _ORDER
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                words = _("The row has more values than there are columns.")
                raise ImportProblem(words, Spot(reader.line_num, 1))
            yield dict(zip(names, cells, strict=False))
    except csv.Error:
        words = _("This is not valid CSV: a quoted value is not closed, or too long.")
        raise ImportProblem(words, Spot(max(reader.line_num, 1), 1)) from None


def _names_of(cells: Sequence[str]) -> Sequence[str]:
    """Return the names of the columns; none for a first row that has values already.

    Columns of other names are left out: their names begin with a blank.
    """
    names = [_name_of(cell) or f" {number}" for number, cell in enumerate(cells)]
    if "account_id" in names:
        return names
    first = cells[0].strip()
    if any(character.isdecimal() for character in first):
        return ()
    raise ImportProblem(
        _("The first row doesn't contain the column %(name)s."), Spot(1, 1), name="account_id"
    )


def _name_of(text: str) -> str:
    return _NAMES.get(re.sub(r"[\s_-]", "", text).lower(), "")


def _json_rows(text: str) -> Iterator[Mapping[str, str]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        words = _("This is not valid JSON.")
        raise ImportProblem(words, Spot(error.lineno, error.colno)) from None
    except (ValueError, RecursionError):
        raise ImportProblem(_("This is not valid JSON.")) from None
    if isinstance(found, dict):
        # The answer of ListAccounts, or an object with one list.
        found = next((value for value in found.values() if isinstance(value, list)), [found])
    for each in found:
        if isinstance(each, str):
            yield {"account_id": each}
        elif isinstance(each, dict):
            yield {_name_of(name): _cell(value) for name, value in each.items() if _name_of(name)}
        else:
            raise ImportProblem(
                _("The list doesn't contain account IDs as text or objects with an account ID.")
            )


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(each for each in value if isinstance(each, str))
    if isinstance(value, bool) or value is None:
        return ""
    return str(value) if isinstance(value, str | int) else ""
