"""What people paste: invisible characters, tokens with what surrounds them, the wrong ARN."""

import base64
import json
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest
from django import forms as django_forms
from django.contrib.sessions.models import Session
from django.forms import BaseForm
from django.forms.widgets import HiddenInput, Input
from django.http import QueryDict
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, sign_in
from wizard import forms
from wizard.domain import EXISTING_SECRET, Credential, RuleDraft, Step, Target
from wizard.domain.arn_kinds import account_and_region
from wizard.domain.pasted import invisible_character
from wizard.drafting import steps
from wizard.drafting.steps.authentication import AuthenticationForm
from wizard.drafting.steps.destination import DestinationForm
from wizard.drafting.steps.permissions import PermissionsForm
from wizard.drafting.steps.source import SourceForm
from wizard.forms.fields import TextField, TokenField
from wizard.forms.fleet_creation import FleetCreationForm
from wizard.forms.fleet_rotation import FleetRotationForm
from wizard.forms.operation import CredentialForm
from wizard.forms.people_grants import GrantForm
from wizard.forms.rotation import RotationForm
from wizard.forms.secret import SecretForm, ValueForm
from wizard.models import AuditEvent, LiveSession
from wizard.services import places
from wizard.views.fleet.filters import QueryForm

TARGET = Target(account_id=ACCOUNT, region=REGION)
CANARY = "dckrxpatxCANARYxOFxPASTING"
INVISIBLE = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "zero width no-break space": "\ufeff",
    "left-to-right mark": "\u200e",
    "right-to-left override": "\u202e",
    "soft hyphen": "\u00ad",
    "hangul filler": "\u3164",
    "variation selector-16": "\ufe0f",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "u+0009": "\t",
    "u+001b": "\x1b",
}
LINE_BREAKS = ("\n", "\r\n", "\u2028", "\x85")


def draft_of(registry: str, **inputs: str) -> RuleDraft:
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    return draft.with_answers(Step.SOURCE, {"registry": registry, **inputs})


def error_of(form: BaseForm, name: str) -> str:
    return " ".join(str(error) for error in form.errors.get(name, []))


# --- No field is forgotten ----------------------------------------------------------------------

# Fields that take other text, each with the reason.
OTHER_FIELDS = {
    # A password is taken as it is typed.
    *{f"NewPasswordForm.{name}" for name in ("new_password", "new_password_again")},
    *{
        f"ChangePasswordForm.{name}"
        for name in ("old_password", "new_password", "new_password_again")
    },
    *("ConfirmIdentityForm.password", "SignInForm.username", "SignInForm.password"),
    # The filter of the audit trail only searches.
    *{f"AuditFilterForm.{name}" for name in ("person", "subject", "account", "event")},
    # Dates and e-mail addresses have patterns of their own.
    *("AuditFilterForm.since", "AuditFilterForm.until", "ExpiryForm.expires_on"),
    "AddPersonForm.email",
    # The text in the file is read as the pasted one is.
    *("ImportForm.file", "ConvertForm.file", "ImagesForm.file", "AccountListForm.file"),
}


def _forms(kind: type[BaseForm] = BaseForm) -> Iterator[Any]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("wizard."):
            yield each
        yield from _forms(each)


def test_every_field_for_typed_text_looks_for_what_is_pasted() -> None:
    for package in (forms, steps):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    unguarded = {
        f"{form.__name__}.{name}"
        for form in _forms()
        # The filters of the fleet only search.
        if not issubclass(form, QueryForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, Input)
        and not isinstance(field.widget, HiddenInput)
        # A number is nothing but its digits.
        and not isinstance(
            field, TextField | TokenField | django_forms.BooleanField | django_forms.IntegerField
        )
    }
    assert unguarded == OTHER_FIELDS


# --- Invisible characters -----------------------------------------------------------------------


@pytest.mark.promise("I10")
@pytest.mark.parametrize("field", [TextField, TokenField])
@pytest.mark.parametrize(("name", "character"), INVISIBLE.items(), ids=list(INVISIBLE))
def test_a_character_that_nobody_sees_is_refused_with_its_place(
    field: Any, name: str, character: str
) -> None:
    with pytest.raises(django_forms.ValidationError) as caught:
        field().clean(f"ab{character}{CANARY}")
    assert f"Character 3 is invisible ({name})." in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.promise("I10")
@pytest.mark.parametrize("character", ["\u200b", "\ufeff", "\u2060", "\u200e", "\u00ad"])
def test_it_is_found_at_the_beginning_and_at_the_end(character: str) -> None:
    """Django's own stripping leaves these."""
    for text, place in ((f"{character}abc", 1), (f"abc{character}", 4)):
        with pytest.raises(django_forms.ValidationError, match=f"Character {place} is invisible"):
            TokenField().clean(text)


@pytest.mark.promise("I10")
@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_a_line_break_inside_is_refused_and_one_at_the_end_is_none(line_break: str) -> None:
    with pytest.raises(django_forms.ValidationError, match="Character 4 is a line break"):
        TokenField().clean(f"abc{line_break}def")
    assert TokenField().clean(f" abc{line_break}") == "abc"


@pytest.mark.parametrize("text", ["Zoë", "日本語", "p@ss:w\u00f6rd", "🐳", "é"])
def test_text_that_one_sees_is_taken_as_it_is(text: str) -> None:
    assert invisible_character(text) is None
    assert TokenField().clean(text) == text


# --- Tokens with what surrounds them ------------------------------------------------------------

ENCODED = base64.b64encode(f"me:{CANARY}".encode()).decode()
DOCKER_CONFIG = json.dumps({"auths": {"ghcr.io": {"auth": ENCODED}}, "credsStore": "none"})
WRAPPED = (
    (json.dumps({"username": "me", "accessToken": CANARY}), "This is JSON"),
    (json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": CANARY}}}), "This is JSON"),
    (json.dumps([CANARY]), "This is JSON"),
    (f'{{"accessToken": "{CANARY}", ', "This is JSON"),
    (f"Bearer {CANARY}", "such as Bearer"),
    (f"bearer  {CANARY}", "such as Bearer"),
    (f"token {CANARY}", "such as Bearer"),
    (f"Basic {CANARY}", "the username and the token together"),
    (f"Authorization: Bearer {CANARY}", "such as Bearer"),
    (f"Authorization:{CANARY}", "Authorization header"),
    (f'"{CANARY}"', "in quotation marks"),
    (f"'{CANARY}'", "in quotation marks"),
    (f"`{CANARY}`", "in quotation marks"),
    (f"\u201c{CANARY}\u201d", "in quotation marks"),
    (f"docker login -u me -p {CANARY}", "This is a command"),
    (f'"{CANARY}', "a quotation mark at its beginning or end"),
    (f"{CANARY}'", "a quotation mark at its beginning or end"),
    (f'{CANARY}",', "a quotation mark at its beginning or end"),
    (f"Password: {CANARY}", "begins with the name of a value"),
    (f"accessToken={CANARY}", "begins with the name of a value"),
    (f'"accessToken": "{CANARY}"', "begins with the name of a value"),
    (f"export GITHUB_TOKEN={CANARY}", "begins with the name of a value"),
    (f"--password={CANARY}", "begins with the name of a value"),
    (f"https://me:{CANARY}@ghcr.io/team/app", "This is a URL"),
    (f"me:ghp_{CANARY}", "with a colon between them"),
    (ENCODED, "together, encoded"),
    (DOCKER_CONFIG, "auth key contains the username and the token"),
    (json.dumps(json.loads(DOCKER_CONFIG)["auths"]), "auth key contains the username"),
)


@pytest.mark.promise("I10")
@pytest.mark.parametrize(("typed", "words"), WRAPPED)
@pytest.mark.parametrize("form", [ValueForm, SecretForm, CredentialForm])
def test_what_surrounds_a_token_is_named_and_the_token_is_not_repeated(
    form: Any, typed: str, words: str
) -> None:
    more = {"is_needed": True} if form is CredentialForm else {}
    for name in ("access_token", "username"):
        data = {"secret_name": "hub", "username": "me", "access_token": "abc", name: typed}
        filled = form(data, **more)
        assert words in error_of(filled, name)
        assert CANARY not in str(filled.errors) + filled.as_p()
        assert ENCODED not in str(filled.errors) + filled.as_p()


# Each form with a token and what it needs besides, so that only the credential can be wrong.
TOKEN_FORMS: dict[str, Any] = {
    "ValueForm": lambda data: ValueForm(data),
    "SecretForm": lambda data: SecretForm({"secret_name": "hub", **data}),
    "CredentialForm": lambda data: CredentialForm(data, is_needed=True),
    "RotationForm": lambda data: RotationForm(
        QueryDict(urlencode({"secret": "a", **data})), offered=["a"]
    ),
    "FleetRotationForm": lambda data: FleetRotationForm(data),
    "FleetCreationForm": lambda data: FleetCreationForm(data),
    "AuthenticationForm": lambda data: AuthenticationForm(
        {"credential_source": "create", "secret_name": "hub", **data},
        draft=draft_of("docker-hub"),
    ),
}


def test_every_form_with_a_token_is_tried_here() -> None:
    for package in (forms, steps):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    with_token = {
        form.__name__
        for form in _forms()
        if any(isinstance(each, TokenField) for each in getattr(form, "base_fields", {}).values())
    }
    assert with_token == set(TOKEN_FORMS)


@pytest.mark.promise("I10")
@pytest.mark.parametrize("name", TOKEN_FORMS)
def test_a_space_within_a_token_is_refused_in_every_form_and_those_around_it_are_trimmed(
    name: str,
) -> None:
    build = TOKEN_FORMS[name]
    for blanks in (" ", "   ", "\u00a0", "\u2003", "\t", "\r\n"):
        filled = build({"username": "me", "access_token": f"{blanks}{CANARY}{blanks}"})
        assert filled.is_valid(), filled.errors
        assert filled.credential() == Credential(username="me", access_token=CANARY)
    filled = build({"username": "me", "access_token": f"ab {CANARY}"})
    assert "Character 3 is a space." in error_of(filled, "access_token")
    assert CANARY not in str(filled.errors) + filled.as_p()


@pytest.mark.promise("I10")
@pytest.mark.parametrize("name", TOKEN_FORMS)
def test_the_user_name_in_front_of_a_token_is_refused_in_every_form(name: str) -> None:
    build = TOKEN_FORMS[name]
    filled = build({"username": "me@example.com", "access_token": f"me@example.com:{CANARY}"})
    assert "with a colon between them" in error_of(filled, "access_token")
    assert CANARY not in str(filled.errors) + filled.as_p()
    assert build({"username": "me", "access_token": f"you:{CANARY}"}).is_valid()


# Docker Hub's, GitHub's and GitLab's tokens, a JSON web token, and a password of an Azure registry.
KNOWN_BEGINNINGS = [
    *("dckr_pat_", "dckr_oat_", "ghp_", "github_pat_", "glpat-"),
    *("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.", f"{'aB3' * 14}+ACRA"),
]


@pytest.mark.promise("I10", "S1")
@pytest.mark.parametrize("name", TOKEN_FORMS)
@pytest.mark.parametrize("begin", KNOWN_BEGINNINGS)
def test_a_token_in_the_field_for_the_user_name_is_refused_and_not_shown(
    name: str, begin: str
) -> None:
    filled = TOKEN_FORMS[name]({"username": f"{begin}{CANARY}", "access_token": "abc"})
    assert "This is an access token." in error_of(filled, "username")
    assert CANARY not in str(filled.errors) + filled.as_p()


@pytest.mark.parametrize("username", ["glenn-x", "gh-user", "gitlab+deploy-token-1", "dckr"])
def test_a_user_name_that_only_begins_alike_is_taken(username: str) -> None:
    assert ValueForm({"username": username, "access_token": "abc"}).is_valid()


@pytest.mark.parametrize(
    "token",
    [
        *("dckr_pat_a-b_c", "ghp_abc", "glpat-abc", "eyJhbGciOi.eyJzdWIi.sig-_", "tokenabc"),
        *("a'b", "{abc", "bearerabc", "Basic", '"', "a:b", "[1", "token=", "c2VjcmV0dG9rZW4="),
    ],
)
def test_a_token_alone_is_taken_as_it_is(token: str) -> None:
    assert TokenField().clean(token) == token


@pytest.mark.promise("I10", "S1")
def test_a_colon_in_a_user_name_is_refused_and_what_follows_it_is_not_shown() -> None:
    data = {"username": f"me:{CANARY}", "access_token": "abc"}
    for form in (ValueForm(data), CredentialForm(data, is_needed=True)):
        assert "Character 3 is a colon" in error_of(form, "username")
        assert form["username"].value() == "me"
        assert CANARY not in form.as_p()


def kept_in_sessions() -> str:
    """What the database has of sessions, of which the drafts are some."""
    return str([session.get_decoded() for session in Session.objects.all()])


@pytest.mark.promise("I10", "S1")
def test_the_wizard_keeps_no_token_that_was_pasted_into_another_field(
    aws: FakeAws, db: None
) -> None:
    person = sign_in()
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    for name, token, place in (
        (f"me@example.com:{CANARY}", "abc", "Docker Hub email"),
        ("me@example.com", f"Bearer {CANARY}", "Docker Hub access token"),
        (json.dumps({"username": "me", "accessToken": CANARY}), "abc", "Docker Hub email"),
        (f"dckr_pat_{CANARY}", "abc", "Docker Hub email"),
    ):
        person.fill("Secret name", "hub")
        person.fill("Docker Hub email", name)
        person.fill("Docker Hub access token", token)
        person.press("Next")
        assert person.error_at(place)
        assert CANARY not in str(person.page) + kept_in_sessions()
    # The session ends before the step is sent: what was typed is kept, without the token.
    LiveSession.objects.update(seen_at=timezone.now() - timedelta(days=1))
    person.fill("Docker Hub email", f"ada@example.com:{CANARY}")
    person.press("Next")
    assert "Your session expired." in person.text
    assert "'username': 'ada@example.com'" in kept_in_sessions()
    assert CANARY not in kept_in_sessions()
    assert CANARY not in str(list(AuditEvent.objects.values()))


# --- ARNs of the wrong kind ---------------------------------------------------------------------

IAM, ROLE_SHAPE = f"arn:aws:iam::{ACCOUNT}", "Enter the ARN of a role"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub-AbCdEf"
NO_ROLES = (
    (f"{IAM}:instance-profile/x", "the ARN of an instance profile. Enter the ARN of a role"),
    (f"{IAM}:user/x", "the ARN of an IAM user."),
    (f"{IAM}:group/x", "the ARN of an IAM group."),
    (f"{IAM}:policy/x", "the ARN of a policy."),
    ("arn:aws:iam::aws:policy/ReadOnlyAccess", "the ARN of a policy."),
    (f"{IAM}:root", "the ARN of an account."),
    (f"{IAM}:oidc-provider/x", "the ARN of an identity provider."),
    (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/x/me",
        f"Enter the ARN of the role, such as {IAM}:role/x",
    ),
    (f"arn:aws:sts::{ACCOUNT}:federated-user/me", "the ARN of a federated user."),
    (SECRET_ARN, "the ARN of a secret. Enter the ARN of a role"),
    (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/x", "the ARN of a KMS key."),
    (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/x", "the ARN of an ECR repository."),
    ("arn:aws:s3:::x", "the ARN of another resource."),
    ("my-role", "This is a name, not an ARN. Enter the full ARN of the role"),
    ("https://console.aws.amazon.com/iam/home#/roles/x", "This is the URL of a page."),
    ("arn:aws:iam", "This is not an ARN."),
)
NO_SECRETS = (
    (f"{IAM}:role/x", "the ARN of a role. Enter the ARN of a secret"),
    (f"{IAM}:user/x", "the ARN of an IAM user."),
    (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/x", "the ARN of a KMS key."),
    (f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/x", "the ARN of a Systems Manager parameter."),
    ("ecr-pullthroughcache/hub", "This is a name, not an ARN. Enter the full ARN of the secret"),
    ("https://console.aws.amazon.com/secretsmanager/secret?name=x", "This is the URL"),
    (SECRET_ARN.replace("ecr-pullthroughcache/", ""), "must begin with ecr-pullthroughcache/"),
    (SECRET_ARN.replace(REGION, "eu-west-1"), "belongs to another Region"),
)


@pytest.mark.promise("I10")
@pytest.mark.parametrize(("typed", "words"), NO_ROLES)
def test_what_is_no_role_is_named_for_what_it_is(typed: str, words: str) -> None:
    draft = draft_of("ecr-cross-account", account_id="210987654321", region=REGION)
    form = PermissionsForm({"role_source": "typed", "typed_role_arn": typed}, draft=draft)
    assert words in error_of(form, "typed_role_arn")


@pytest.mark.promise("I10")
@pytest.mark.parametrize(("typed", "words"), NO_SECRETS)
def test_what_is_no_secret_is_named_for_what_it_is(typed: str, words: str) -> None:
    data = {"credential_source": EXISTING_SECRET, "secret": typed}
    form = AuthenticationForm(data, draft=draft_of("docker-hub"), choices=None)
    assert words in error_of(form, "secret")


# --- Accounts, and blanks around what is typed --------------------------------------------------


def _source(**data: str) -> SourceForm:
    typed = {"registry": "ecr", "ecr_access": "ecr-cross-account", **data}
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    return SourceForm(typed, draft=draft, choices=places.list_regions())


URIS = (
    "210987654321.dkr.ecr.eu-west-1.amazonaws.com",
    "210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.2",
    " https://210987654321.dkr.ecr.eu-west-1.amazonaws.com/ ",
    "210987654321.dkr-ecr.eu-west-1.on.aws",
    "210987654321.dkr.ecr-fips.eu-west-1.amazonaws.com",
    "arn:aws:ecr:eu-west-1:210987654321:repository/team/app",
)


@pytest.mark.promise("I10")
@pytest.mark.parametrize("uri", URIS)
def test_a_whole_uri_in_account_gives_account_and_region(uri: str) -> None:
    form = _source(account_id=uri)
    assert form.is_valid(), form.errors
    answers = form.answers()
    assert (answers["account_id"], answers["region"]) == ("210987654321", "eu-west-1")


def test_a_uri_of_another_region_than_the_chosen_one_is_told_and_not_taken() -> None:
    form = _source(account_id=URIS[0], region="us-west-2")
    assert "This registry is in the Region eu-west-1." in error_of(form, "account_id")
    assert _source(account_id=URIS[0], region="eu-west-1").is_valid()


@pytest.mark.parametrize(
    "typed", ["2109-8765-4321", " 210987654321 ", "arn:aws:iam::210987654321:root"]
)
def test_an_account_is_taken_as_aws_s_pages_show_it(typed: str) -> None:
    form = _source(account_id=typed, region="eu-west-1")
    assert form.is_valid(), form.errors
    grant = GrantForm({"role": "viewer", "account_id": typed}, regions=[])
    assert grant.is_valid(), grant.errors
    assert grant.cleaned_data["account_id"] == "210987654321"


@pytest.mark.parametrize(
    "typed", ["210987654321.dkr.ecr.evil.example.com", "dkr.ecr.eu-west-1.amazonaws.com", "x"]
)
def test_another_address_is_no_account(typed: str) -> None:
    assert account_and_region(typed) is None
    assert error_of(_source(account_id=typed, region="eu-west-1"), "account_id")


@pytest.mark.parametrize("typed", [" hub", "hub ", "\thub\n", "\u00a0hub"])
def test_blanks_around_a_prefix_are_trimmed(typed: str) -> None:
    data = {"ecr_repository_prefix": typed, "upstream_repository_prefix": typed}
    form = DestinationForm(data, draft=draft_of("quay"))
    assert form.is_valid(), form.errors
    answers = form.answers()
    assert answers["ecr_repository_prefix"] == answers["upstream_repository_prefix"] == "hub"
    assert form.typed_prefixes() == ("hub", "hub")


def test_an_invisible_character_in_a_prefix_is_named_before_its_letters() -> None:
    form = DestinationForm({"ecr_repository_prefix": "hub\u200b"}, draft=draft_of("quay"))
    assert "Character 4 is invisible (zero width space)" in error_of(form, "ecr_repository_prefix")
