"""Tests of a credential at its upstream registry: what is asked, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from wizard.domain.registries import UpstreamRegistry


class LoginVerdict(StrEnum):
    """What is known of a credential after a test.

    The first five are the upstream's own words. After the others nobody knows whether the
    credential works: ECR may still reach an upstream that the console does not.
    """

    ACCEPTED = "accepted"
    WRONG = "wrong"
    MISSING_SCOPE = "missing-scope"
    DENIED = "denied"
    RATE_LIMITED = "rate-limited"

    NOT_ASKED = "not-asked"
    NAME_UNKNOWN = "name-unknown"
    NO_CONNECTION = "no-connection"
    NO_ANSWER = "no-answer"
    CERTIFICATE = "certificate"
    PROXY = "proxy"
    INTERNAL_ADDRESS = "internal-address"
    STRANGE_TOKEN_HOST = "strange-token-host"  # noqa: S105 - a verdict, not a token
    UNEXPECTED = "unexpected"

    TOO_MANY = "too-many"
    BUSY = "busy"

    @property
    def is_of_upstream(self) -> bool:
        """Whether the upstream itself judged the credential."""
        return self in _JUDGED

    @property
    def is_refusal(self) -> bool:
        """Whether the upstream refused the credential."""
        return self in (LoginVerdict.WRONG, LoginVerdict.MISSING_SCOPE, LoginVerdict.DENIED)


_JUDGED = frozenset(
    {
        LoginVerdict.ACCEPTED,
        LoginVerdict.WRONG,
        LoginVerdict.MISSING_SCOPE,
        LoginVerdict.DENIED,
        LoginVerdict.RATE_LIMITED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPlace:
    """Where a credential is tried: an upstream's host, and which hosts may give out its tokens.

    `counted_image` is a repository whose manifest tells the remaining pulls; empty if none does.
    """

    host: str
    token_hosts: frozenset[str]
    counted_image: str = ""

    @classmethod
    def of(cls, registry: UpstreamRegistry, inputs: Mapping[str, str]) -> Self:
        """Return the place of a registry with credentials; `inputs` are those of step 1."""
        host = registry.host.format_map(inputs)
        return cls(
            host=host,
            token_hosts=frozenset({host, *registry.token_hosts}),
            counted_image=registry.counted_image,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginJudgement:
    """The result of a test.

    - `status` is the HTTP status that decided; 0 if none did.
    - `detail` is a host name, for the verdict about a token host.
    - `retry_after` are the seconds until the upstream wants to be asked again; 0 if it says none.
    - `remaining` pulls of `limit` in `window` seconds; None if the upstream does not tell.
    """

    verdict: LoginVerdict
    host: str
    status: int = 0
    detail: str = ""
    retry_after: int = 0
    remaining: int | None = None
    limit: int | None = None
    window: int = 0
