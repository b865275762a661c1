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

# The message for each kind of problem; `where` names the rows.
WORDS: Final = {
    Kind.CHANGED: "{where}: not what was sealed: it, or the row before it, was changed",
    Kind.MISSING: "{where}: missing; the row that follows cannot be checked",
    Kind.MOVED: "{where}: not in its place: it was sealed as #{detail}",
    Kind.UNKNOWN_KEY: "{where}: sealed with a key this console does not have (key {detail})",
    Kind.UNKNOWN_FORM: "{where}: sealed in a form this version does not know (form {detail})",
    Kind.CUT_OFF: "{where}: cut off: the database's own head is further on",
    Kind.HEAD_MISSING: "the head is missing; the last row is #{first}",
    Kind.HEAD_DIFFERS: "{where}: the database's own head has another seal",
    Kind.BEHIND_HEAD: "{where}: behind the database's own head, so not appended by the console",
    Kind.NOTED_DIFFERS: "{where}: not the row whose head was noted: rows up to there are forged, or"
    " the head is of another database",
    Kind.TRIGGERS_GONE: "the database's trigger {detail} is gone or off: rows could be changed",
}
CUT_OFF_NOTED: Final = "{where}: cut off: the noted head is further on"

LIMITS: Final = """\
What this finds: a row that was changed, is missing, or was moved; rows behind the head; an end that
was cut off, against the database's own head and against one that was noted; triggers that are gone.

What it cannot find:
 - An end that was cut off together with the database's own head, unless a later head is given. The
   console logs one after each row ("audit head NUMBER SEAL", logger wizard.audit): keep that log
   where whoever administers the database cannot change it.
 - Rows that were forged by somebody who has both the database and AUDIT_KEY. With a noted head, the
   rows up to it are safe from that too; only those after it can be forged.
 - A change in rows whose key is not in AUDIT_KEY any more. They are told, and count as not whole.
 - What was never written: calls to AWS past the console. CloudTrail has those.
"""


class Command(BaseCommand):
    help = "Walk the audit trail's chain and say whether it is whole. Exit code 1 when it is not."

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
            "--head", type=_head, metavar="NUMBER:SEAL", help="a head that was noted elsewhere"
        )
        noted.add_argument(
            "--from-log", type=Path, metavar="FILE", help="take the last head of this log"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AUDIT_KEY:
            raise CommandError("AUDIT_KEY is empty: nothing can be verified.")
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
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        if found is None:
            raise CommandError(f"{path} holds no line of wizard.audit with a head.")
        return found

    def _tell_progress(self, rows: int) -> None:
        if rows % _PROGRESS_EVERY == 0:
            self.stderr.write(f"{rows:,} rows ...")

    def _tell_open(self, verdict: Verdict) -> None:
        found = list(verdict.open_intents.values())
        if not found:
            return
        self.stdout.write(f"Changes without a recorded result, under way or cut off: {len(found)}")
        for intent in found[:MOST_LISTED]:
            self.stdout.write(
                f"  #{intent.sequence} {intent.action} {intent.subject} (event {intent.event_id})"
            )
        if len(found) > MOST_LISTED:
            self.stdout.write(f"  and {len(found) - MOST_LISTED} more")

    def _tell_whole(self, verdict: Verdict, noted: Head | None) -> None:
        head = verdict.head
        self.stdout.write(f"The audit trail is whole: {verdict.rows:,} rows.")
        if noted is None:
            self.stdout.write(
                "No noted head was given, so an end cut off together with the database's own head"
                " would not have been found (--head, --from-log)."
            )
        else:
            self.stdout.write(f"It holds the noted head #{noted.sequence}.")
        if head.sequence:
            self.stdout.write(f"Its head now, to be noted: {head.sequence}:{head.seal}")

    def _broken(self, verdict: Verdict) -> Iterator[str]:
        problems = verdict.problems
        yield f"The audit trail is not whole ({verdict.rows:,} rows walked):"
        yield from (f"  {_told(problem)}" for problem in problems[:MOST_LISTED])
        if verdict.problem_count > MOST_LISTED:
            yield f"  and {verdict.problem_count - MOST_LISTED} more"


def _told(problem: Problem) -> str:
    is_noted = problem.kind is Kind.CUT_OFF and problem.detail
    words = CUT_OFF_NOTED if is_noted else WORDS[problem.kind]
    where = f"#{problem.first}"
    if problem.last != problem.first:
        where += f" to #{problem.last}"
    return words.format(where=where, first=problem.first, detail=problem.detail)


def _head(text: str) -> Head:
    """Parse `NUMBER:SEAL` from the command line."""
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError("a head is NUMBER:SEAL, the seal 64 hexadecimal digits")
    return Head(sequence=int(found[1]), seal=found[2])
