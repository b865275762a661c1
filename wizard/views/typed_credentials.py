"""The test of a credential that was typed into a form without a draft, which loses nothing by it.

The tested credential goes back with the form: as a ciphertext in the page, whose key is in a cookie
with the path of the page. Neither alone reveals it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_variables

from wizard.domain import Credential, Target
from wizard.domain.registries import normalised_url, registry_of_url
from wizard.domain.upstream_logins import LoginPlace
from wizard.drafting import sealed
from wizard.services import credential_tests
from wizard.web import ConsoleRequest
from wizard.words import JudgedLogin, judged_login, untested_login

# The name and value of the button, as in the wizard.
GO: Final = "go"
_TEST: Final = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTest:
    """What the page says, and what it gives back: a ciphertext for the form, a key for the cookie.

    Its `repr` shows neither.
    """

    judged: JudgedLogin
    ciphertext: str
    key: str

    def __repr__(self) -> str:
        return "TypedTest()"


def may_test() -> bool:
    """Whether the page has the button for a test."""
    return credential_tests.is_offered()


def is_test(request: ConsoleRequest) -> bool:
    """Whether the button for a test sent the form."""
    return request.POST.get(GO) == _TEST


@sensitive_variables()
def kept_credential(request: ConsoleRequest, ciphertext: str) -> Credential | None:
    """Return the tested credential of a form, if this browser has its key."""
    return sealed.unseal(ciphertext, sealed.read_key(request)) if ciphertext else None


@sensitive_variables()
def test_typed(
    request: ConsoleRequest, credential: Credential, *, target: Target, hosts: Collection[str]
) -> TypedTest:
    """Test a credential at the first of the hosts that needs one, and seal it for the form."""
    ciphertext, key = sealed.seal(credential)
    judged = untested_login()
    for host in sorted(map(normalised_url, hosts)):
        registry = registry_of_url(host, own_account_id=target.account_id)
        if registry is None or not registry.needs_secret:
            continue
        result = credential_tests.test_credential(
            user=request.user,
            target=target,
            place=LoginPlace.of(registry, registry.parse_url(host) or {}),
            credential=credential,
        )
        judged = judged_login(result, registry=registry.name)
        break
    return TypedTest(judged=judged, ciphertext=ciphertext, key=key)


def with_key(response: HttpResponse, request: ConsoleRequest, test: TypedTest) -> HttpResponse:
    """Give the browser the key of the credential that was tested."""
    sealed.set_key_cookie(response, test.key, path=request.path)
    return response
