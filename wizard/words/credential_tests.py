"""Texts about the test of a credential at its upstream: what came of it, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wizard.domain.upstream_logins import LoginJudgement, LoginVerdict
from wizard.words.texts import Text

# What an upstream calls the permission to pull, by the name of its registry.
_PERMISSIONS: Final[Mapping[str, Text]] = {
    "docker-hub": gettext_lazy(
        "On Docker Hub, the access token needs the Read-only permission or a higher one."
    ),
    "github-container-registry": gettext_lazy(
        "On GitHub, the token must be a personal access token (classic) with the read:packages"
        " scope. If the organization uses single sign-on, authorize the token for it."
    ),
    "gitlab-container-registry": gettext_lazy(
        "On GitLab, the token needs the read_registry scope."
    ),
    "azure-container-registry": gettext_lazy(
        "In Azure, the token needs a scope map with the content/read permission."
    ),
    "chainguard": gettext_lazy(
        "In Chainguard, create a pull token and check that it hasn't expired."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLogin:
    """What the page says about a test. `kind` is that of the alert."""

    kind: str
    title: str
    lines: list[str]


def judged_login(judged: LoginJudgement, *, registry: str) -> JudgedLogin:
    """Return the texts of a test; `registry` is the name of the catalogue's entry."""
    kind = "warning"
    if judged.verdict is LoginVerdict.ACCEPTED:
        kind = "success"
    elif judged.verdict.is_refusal:
        kind = "error"
    lines = [_remedy(judged), *_permission(judged, registry), *_pulls(judged)]
    if judged.verdict is not LoginVerdict.ACCEPTED:
        lines.append(_("You can continue without a successful test."))
    return JudgedLogin(kind=kind, title=_title(judged), lines=lines)


def untested_login() -> JudgedLogin:
    """Return the texts for a secret that no rule of a registry with credentials uses."""
    return JudgedLogin(
        kind="info",
        title=_("The console doesn't know where to test the credentials"),
        lines=[
            _(
                "No rule of this Region uses the secret for an upstream registry that needs"
                " credentials. You can continue without a test."
            )
        ],
    )


def _title(judged: LoginJudgement) -> str:
    text = {
        LoginVerdict.ACCEPTED: _("%(host)s accepted the credentials"),
        LoginVerdict.WRONG: _("%(host)s refused the username or the token"),
        LoginVerdict.MISSING_SCOPE: _("The token doesn't have the required scope"),
        LoginVerdict.DENIED: _("%(host)s denied access with these credentials"),
        LoginVerdict.RATE_LIMITED: _("%(host)s limits the rate of requests"),
        LoginVerdict.NOT_ASKED: _("%(host)s didn't ask for credentials"),
        LoginVerdict.NAME_UNKNOWN: _("The console can't find the address of %(host)s"),
        LoginVerdict.NO_CONNECTION: _("The console can't connect to %(host)s"),
        LoginVerdict.NO_ANSWER: _("%(host)s didn't respond in time"),
        LoginVerdict.CERTIFICATE: _("The console doesn't trust the certificate of %(host)s"),
        LoginVerdict.PROXY: _("The proxy didn't connect the console to %(host)s"),
        LoginVerdict.INTERNAL_ADDRESS: _("%(host)s has an address that isn't public"),
        LoginVerdict.STRANGE_TOKEN_HOST: _("%(host)s named an unexpected host for tokens"),
        LoginVerdict.UNEXPECTED: _("%(host)s sent an unexpected response"),
        LoginVerdict.TOO_MANY: _("You reached the limit of tests"),
        LoginVerdict.BUSY: _("Other tests are in progress"),
    }[judged.verdict]
    return text % {"host": judged.host}


def _remedy(judged: LoginJudgement) -> str:
    text = {
        LoginVerdict.ACCEPTED: _(
            "The login works. The test didn't check access to individual repositories."
        ),
        LoginVerdict.WRONG: _(
            "Check both for typing errors, and check that the token hasn't expired or been revoked."
        ),
        LoginVerdict.MISSING_SCOPE: _("Create a token that can read images."),
        LoginVerdict.DENIED: _(
            "The token is wrong or has expired, or it doesn't have permission to read images."
        ),
        LoginVerdict.RATE_LIMITED: _wait_text(judged),
        LoginVerdict.NOT_ASKED: _(
            "The registry allows anonymous access to its start address, so the console can't"
            " test the credentials."
        ),
        LoginVerdict.NAME_UNKNOWN: _(
            "Check the name of the registry. If it is correct, your console has no access to the"
            " internet or to a public name server. AWS might still reach the registry."
        ),
        LoginVerdict.NO_CONNECTION: _(
            "Your console might have no access to the internet. AWS might still reach the registry."
        ),
        LoginVerdict.NO_ANSWER: _(
            "Your console might have no access to the internet, or the registry is slow. AWS"
            " might still reach the registry. Try again later."
        ),
        LoginVerdict.CERTIFICATE: _(
            "The console didn't send the credentials. Between your console and the internet, a"
            " proxy might replace certificates. AWS might still reach the registry."
        ),
        LoginVerdict.PROXY: _(
            "The proxy of your console is unreachable or doesn't allow this host. AWS might still"
            " reach the registry."
        ),
        LoginVerdict.INTERNAL_ADDRESS: _(
            "The console didn't send the credentials, because the name server of your console"
            " returned an internal address. AWS might still reach the registry."
        ),
        LoginVerdict.STRANGE_TOKEN_HOST: _(
            "The console didn't send the credentials to %(detail)s, because it isn't known as a"
            " host of this registry."
        ),
        LoginVerdict.UNEXPECTED: _unexpected_text(judged),
        LoginVerdict.TOO_MANY: ngettext(
            "Wait %(minutes)d minute, then try again.",
            "Wait %(minutes)d minutes, then try again.",
            _minutes(judged),
        ),
        LoginVerdict.BUSY: _("Wait a moment, then try again."),
    }[judged.verdict]
    return text % {"detail": judged.detail, "minutes": _minutes(judged)}


def _permission(judged: LoginJudgement, registry: str) -> list[str]:
    shown = judged.verdict in (LoginVerdict.MISSING_SCOPE, LoginVerdict.DENIED)
    return [str(_PERMISSIONS[registry])] if shown and registry in _PERMISSIONS else []


def _pulls(judged: LoginJudgement) -> list[str]:
    if judged.remaining is None or judged.limit is None:
        return []
    hours = round(judged.window / 3600)
    numbers = {"remaining": judged.remaining, "limit": judged.limit, "hours": hours}
    if hours < 1:
        return [_("%(remaining)d of %(limit)d pulls remain.") % numbers]
    return [
        ngettext(
            "%(remaining)d of %(limit)d pulls in %(hours)d hour remain.",
            "%(remaining)d of %(limit)d pulls in %(hours)d hours remain.",
            hours,
        )
        % numbers
    ]


def _minutes(judged: LoginJudgement) -> int:
    return max(1, round(judged.retry_after / 60))


def _wait_text(judged: LoginJudgement) -> str:
    if not judged.retry_after:
        return _("Try again later. The registry didn't say how long to wait.")
    return ngettext(
        "The registry asks to wait %(minutes)d minute before the next request.",
        "The registry asks to wait %(minutes)d minutes before the next request.",
        _minutes(judged),
    )


def _unexpected_text(judged: LoginJudgement) -> str:
    if not judged.status:
        return _(
            "The response isn't that of a registry. A proxy or a firewall might have answered."
            " AWS might still reach the registry."
        )
    text = _(
        "The registry answered with HTTP status %(status)d, which a login doesn't end with. Check"
        " the status page of the registry, and try again later."
    )
    return text % {"status": judged.status}
