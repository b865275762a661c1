"""boto3's credential chain without prompts and with time limits.

`core_session` builds botocore's session, `read_credentials` loads and refreshes its credentials.
Whatever a source raises becomes an AwsError that names the source (`credential_errors`).
"""

from typing import Any, Final, NoReturn, cast

from botocore import credentials as chain
from botocore.config import Config

from wizard.backend import profiles
from wizard.backend.core_sessions import new_session
from wizard.backend.credential_errors import configuration_problem, told
from wizard.backend.credential_program import BoundedProgram
from wizard.domain import errors, known_credentials

CONNECT_SECONDS: Final = 2
# The defaults of every client of the session, also of the credential chain's own calls of STS and
# IAM Identity Center. botocore's are 60 seconds and five attempts.
_LIMITS: Final = Config(
    connect_timeout=CONNECT_SECONDS,  # guard: F1 F3
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
)
_PARTS: Final = {
    "access_key": "access key ID",
    "secret_key": "secret key",
    "token": "session token",
}


def core_session() -> Any:
    """Return a new session of botocore; raises an AwsError about a file that cannot be used."""
    problem = profiles.file_problem()
    if problem:
        raise problem
    core = new_session()
    core.set_default_client_config(_LIMITS)  # guard: F17
    with told():
        _bind_chain(core)
    return core


def read_credentials(session: Any, credentials: Any = None) -> tuple[Any, Any]:
    """Return the session's credentials and their keys; both None if the chain has none.

    `credentials` are those that an earlier call returned. They are refreshed when they are due.
    """
    with told():
        found = credentials or session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    if frozen is not None:
        known_credentials.remember(frozen)
        _check_characters(frozen, getattr(found, "method", ""))
    return found, frozen


class _Providers(chain.ProfileProviderBuilder):
    """The providers of a source profile, with the bounded program."""

    def providers(self, profile_name: str, disable_env_vars: bool = False) -> Any:
        providers: Any = super().providers(profile_name, disable_env_vars)
        return [_bounded(provider) for provider in providers]


def _bind_chain(core: Any) -> None:
    """Replace what could ask a person, or wait without a limit, in the session's own chain."""
    for provider in core.get_component("credential_provider").providers:
        _bounded(provider)
        if isinstance(provider, chain.AssumeRoleProvider):
            assuming, region = cast("Any", provider), core.get_config_variable("region")
            builder = _Providers(core, cache=provider.cache, region_name=region)
            assuming._prompter = _refuse_to_prompt  # guard: F17
            assuming._profile_provider_builder = builder  # guard: F17


def _bounded(provider: Any) -> Any:
    if isinstance(provider, chain.ProcessProvider):
        provider._popen = BoundedProgram  # type: ignore[attr-defined]  # guard: F17
    return provider


def _refuse_to_prompt(*_words: Any) -> NoReturn:
    found = profiles.configuration()
    raise configuration_problem() or profiles.mfa_required(found.name, found.config_file)


def _check_characters(frozen: Any, method: str) -> None:
    """Raise CredentialsMalformed for a key or token with a blank, line break or other character."""
    for name, words in _PARTS.items():
        value = getattr(frozen, name, None) or ""
        place = next((at for at, mark in enumerate(value, 1) if not "!" <= mark <= "~"), 0)
        if place:  # guard: S9
            where = f"character {place} of {len(value)}"
            raise errors.CredentialsMalformed(
                f"The {words} has an invalid character ({where}). Source: {method or 'unknown'}.",
                code="InvalidCharacter",
            )
