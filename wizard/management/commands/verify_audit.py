"""`manage.py verify_audit`: verify the chain of the audit trail.

The exit code is 0 if the trail is intact and 1 otherwise.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wizard.services import audit
from wizard.services.audit import Head, Kind, Problem, Verdict

MOST_LISTED: Final = 50
_PROGRESS_EVERY: Final = 100_000

# The message for each kind of problem: what was found, and what it means. `where` names the rows.
WORDS: Final = {
    Kind.CHANGED: "{where}: does not match its seal. The row, or the seal of the row before it, was"
    " changed after it was written.",
    Kind.MISSING: "{where}: missing. Rows were deleted. The row after the gap cannot be verified.",
    Kind.MOVED: "{where}: was written as #{detail} and moved to this place.",
    Kind.UNKNOWN_KEY: "{where}: not verified, because AUDIT_KEY does not contain the key {detail}."
    " If the key was rotated, add the old key to AUDIT_KEY and verify again.",
    Kind.UNKNOWN_FORM: "{where}: not verified, because this version of the console does not know"
    " the format {detail}. Verify with the version that wrote it.",
    Kind.CUT_OFF: "{where}: missing at the end, because the head in the database is #{last}. The"
    " newest rows were deleted.",
    Kind.HEAD_MISSING: "The head is missing in the database. The last row is #{first}. The head was"
    " deleted, and newer rows may have been deleted with it.",
    Kind.HEAD_DIFFERS: "{where}: the head in the database has a different seal. The last row or the"
    " head was changed.",
    Kind.BEHIND_HEAD: "{where}: after the head in the database. The console did not write this, or"
    " the head was set back. See manage.py repair_audit.",
    Kind.NOTED_DIFFERS: "{where}: has a different seal than the head that you gave. Rows up to this"
    " one were rewritten by somebody who has AUDIT_KEY, or the head is of another database.",
    Kind.EMPTIED: "The audit trail is empty, but there are sessions, API tokens or sign-in links,"
    " each of which was recorded. The trail was emptied together with its head.",
    Kind.OLDER: "The last row, #{first}, is older than a session, an API token or a sign-in link of"
    " {detail}, which was recorded. The trail was cut off or replaced by an older copy.",
    Kind.OUTSIDE: "{where}: before the first row of the chain. The console did not write this. See"
    " manage.py repair_audit.",
    Kind.SET_ASIDE_CHANGED: "{where}: rows that the console did not write and that were set aside"
    " have been changed or deleted since.",
    Kind.TRIGGERS_GONE: "The database trigger {detail} is missing or disabled. Without it, the"
    " database accepts changes to the trail.",
}
CUT_OFF_NOTED: Final = (
    "{where}: missing at the end, because the head that you gave is #{last}. The newest rows were"
    " deleted, and the head in the database was set back."
)
WHAT_TO_DO: Final = """\
What to do:
  1. Do not change the database or the console's log. Copy both now, as evidence.
  2. Find out who had write access to the database. Treat what the listed rows say as unproven.
  3. Use AWS CloudTrail for what was changed in AWS: it records every call independently.
  4. If you have a copy from before the incident, verify it, and compare the rows."""

LIMITS: Final = """\
What this command detects: rows that were changed, deleted or moved; rows after the head; a deleted
end, by the head in the database or by a head that you give; missing or disabled triggers.

What this command does not detect:
 - Rows at the end that were deleted together with the head in the database, unless you give a later
   head. The console logs the head after each row ("audit head NUMBER SEAL", logger wizard.audit).
   Store this log where database administrators cannot change it.
 - Rows that were forged by somebody who has both the database and AUDIT_KEY. If you give a head,
   only rows after that head can be forged unnoticed.
 - Changes in rows whose key is not in AUDIT_KEY. These rows are reported, and verification fails.
 - Calls to AWS that were made without the console. AWS CloudTrail records them.
"""


class Command(BaseCommand):
    help = "Verify the chain of the audit trail. The exit code is 1 if a problem was found."

    _told_rows = 0

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name,
            subcommand,
            epilog=LIMITS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **kwargs,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        noted = parser.add_mutually_exclusive_group()
        noted.add_argument(
            "--head",
            type=_head,
            metavar="NUMBER:SEAL",
            help="a head that you have stored",
        )
        noted.add_argument(
            "--from-log", type=Path, metavar="FILE", help="use the last head in this log"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AUDIT_KEY:
            raise CommandError("AUDIT_KEY is empty, so that no row can be verified. Set AUDIT_KEY.")
        noted = options["head"] or self._logged(options["from_log"])
        verdict = audit.verify(noted=noted, progress=self._tell_progress)
        self._tell_open(verdict)
        if not verdict.is_whole:
            raise CommandError("\n".join(self._broken(verdict)))
        self._tell_whole(verdict, noted)

    def _logged(self, path: Path | None) -> Head | None:
        if path is None:
            return None
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                found = audit.last_logged_head(lines)
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
        if found is None:
            raise CommandError(
                f'{path} contains no head, a line "audit head NUMBER SEAL" of wizard.audit.'
            )
        return found

    def _tell_progress(self, rows: int) -> None:
        if rows - self._told_rows >= _PROGRESS_EVERY:
            self._told_rows = rows
            self.stderr.write(f"{rows:,} rows ...")

    def _tell_open(self, verdict: Verdict) -> None:
        found = verdict.open_intents
        if not found:
            return
        self.stdout.write(
            f"Changes without a recorded result: {len(found)}. They are in progress, or the console"
            " stopped before it recorded the result. Check these in AWS or on the page Operations."
        )
        for intent in found[:MOST_LISTED]:
            self.stdout.write(
                f"  #{intent.sequence} {intent.action} {intent.subject} (event {intent.event_id})"
            )
        if len(found) > MOST_LISTED:
            self.stdout.write(f"  and {len(found) - MOST_LISTED} more")

    def _tell_whole(self, verdict: Verdict, noted: Head | None) -> None:
        head = verdict.head
        self.stdout.write(f"The audit trail is intact: {verdict.rows:,} rows, no problems.")
        if verdict.pruned:
            self.stdout.write(
                f"The rows up to #{verdict.pruned} were pruned. The chain goes on from their sealed"
                " checkpoint."
            )
        for first, last in verdict.set_aside:
            self.stdout.write(f"#{first} to #{last}: not the console's rows; they were set aside.")
        if noted is None:
            self.stdout.write(
                "The end was only compared with the head in the database. To detect rows that were"
                " deleted together with that head, give a stored head (--head or --from-log)."
            )
        elif noted.sequence < verdict.pruned:
            self.stdout.write(
                f"The head that you gave, #{noted.sequence}, was pruned: nothing was compared with"
                " it. Give a later one."
            )
        else:
            self.stdout.write(f"It contains the head that you gave, #{noted.sequence}.")
        if head.sequence:
            self.stdout.write(f"Current head, to be stored elsewhere: {head.sequence}:{head.seal}")

    def _broken(self, verdict: Verdict) -> Iterator[str]:
        problems, count = verdict.problems, verdict.problem_count
        yield f"The audit trail is not intact: {verdict.rows:,} rows, problems: {count}."
        yield from (f"  {_told(problem)}" for problem in problems[:MOST_LISTED])
        if count > MOST_LISTED:
            yield f"  and {count - MOST_LISTED} more"
        yield WHAT_TO_DO


def _told(problem: Problem) -> str:
    is_noted = problem.kind is Kind.CUT_OFF and problem.detail
    words = CUT_OFF_NOTED if is_noted else WORDS[problem.kind]
    where = f"#{problem.first}"
    if problem.last != problem.first:
        where += f" to #{problem.last}"
    return words.format(where=where, first=problem.first, last=problem.last, detail=problem.detail)


def _head(text: str) -> Head:
    """Parse `NUMBER:SEAL` from the command line."""
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError("a head is NUMBER:SEAL, with 64 hexadecimal digits")
    return Head(sequence=int(found[1]), seal=found[2])
