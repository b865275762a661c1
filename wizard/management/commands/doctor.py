"""`manage.py doctor`: check database, cache, worker, clock, credentials, Regions, permissions."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wizard.services.diagnosis import Finding, Health, diagnose


class Command(BaseCommand):
    help = (
        "Check everything that the console needs, and say what to do about each fault. The exit"
        " code is 1 if something failed; warnings do not count. Nothing is changed in AWS."
    )
    # The database may be what is wrong.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for finding in diagnose():
            failed += finding.health is Health.BAD
            self.stdout.write(_lines(finding))
        if failed:
            raise CommandError(f"{failed} checks failed." if failed > 1 else "1 check failed.")


def _lines(finding: Finding) -> str:
    line = f"{finding.health.value:<9}  {finding.subject}: {finding.text}"
    return f"{line}\n{'':<9}  Do this: {finding.remedy}" if finding.remedy else line
