"""The doctor: checks everything that the console needs, and says what to do about each fault."""

from collections.abc import Iterator

from wizard.services.diagnosis import accounts, aws, server
from wizard.services.diagnosis.findings import Finding, Health

__all__ = ["Finding", "Health", "diagnose"]


def diagnose() -> Iterator[Finding]:
    """Yield all findings: the server's own first, which need no network, then those of AWS."""
    yield from server.findings()
    yield from aws.findings()
    yield from accounts.findings()
