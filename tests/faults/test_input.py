"""Input of people and programs: only what AWS would accept is sent to AWS."""

import ast
import random
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import botocore.loaders
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import (
    ROLE_ARN,
    TRUST,
    Address,
    addresses,
    begin,
    begin_cross_account,
    changes,
    furnish,
    make_rule,
    make_secret,
    prefixes,
)
from tests.faults.drafts import confirm
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import (
    NO_NAMESPACE,
    RULES_PER_REGION,
    SPECIFIC_NAMESPACE,
    NewRule,
    Role,
    RuleDraft,
    Step,
    Target,
    check_new_rule,
)
from wizard.domain.errors import InvalidIdentifier, InvalidRule
from wizard.domain.registries import registry_of_url
from wizard.drafting.steps.destination import DestinationForm
from wizard.drafting.steps.namespaces import NamespacesForm
from wizard.drafting.steps.source import SourceForm
from wizard.services import places

ROOT = Path(__file__).resolve().parents[2]
TARGET = Target(account_id=ACCOUNT, region=REGION)
OTHER_ACCOUNT = "999999999999"
FORM = "application/x-www-form-urlencoded"
TOKEN = "csrfmiddlewaretoken"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


# --- I1: prefixes -------------------------------------------------------------------------------

SEED, COUNT = 20261124, 15_000
SPECIAL = (
    *("a", "ab", "a" * 30, "a" * 31, "A", "Ab", "a__b", "a___b", "a--b", "a-_b", "a._b", "a..b"),
    *("-a", "a-", ".ab", "a/", "ab/", "ab//", "//", "/ab", "a//b", "a/b/c", "ROOT", "root", "Root"),
    *("a\0b", "ab\0", "ab\n", "\nab", "a\nb", " ab", "ab ", "a b", "a\tb", "\u00e9a", "\uff41b"),
    *("a\u2024b", "ab\u200b", "ab\r\n", "\u0661\u0662", "%61b", "a%2fb", "..", "../..", "ab" * 8),
    "a" * 1_000_000,
)


PIECES = ("", ".", "_", "-", "/", "__", "A", "ROOT", " ", "\n", "\0", "\u00e9", "\u212a")


@cache
def prefix_shape() -> Mapping[str, Any]:
    model = botocore.loaders.Loader().load_service_model("ecr", "service-2")
    shape: Mapping[str, Any] = model["shapes"]["PullThroughCacheRuleRepositoryPrefix"]
    return shape


def aws_accepts(prefix: str) -> bool:
    shape = prefix_shape()
    fits = shape["min"] <= len(prefix) <= shape["max"]
    return fits and re.fullmatch(shape["pattern"], prefix) is not None


def strings(count: int) -> Iterator[str]:
    """By the grammar, by the grammar with something put in or taken out, and out of nothing."""
    source = random.Random(SEED)
    for number in range(count):
        text = "".join(source.choices("ab0._-/", k=source.randrange(1, 34)))
        if number % 3:
            parts = [source.choice(("ab", "b1", "0", "xyz"))]
            for _ in range(source.randrange(6)):
                parts += source.choice((".", "_", "__", "-", "---", "/")), source.choice("aq9")
            text = "".join(parts) + source.choice(("", "", "/"))
        if number % 3 == 2:
            at, gone = source.randrange(len(text) + 1), source.randrange(3)
            text = text[:at] + source.choice(PIECES) + text[at + gone :]
        yield text


def draft_of(registry: str, **inputs: str) -> RuleDraft:
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    return draft.with_answers(Step.SOURCE, {"registry": registry, **inputs})


def destination_accepts(draft: RuleDraft, name: str, prefix: str) -> bool:
    data = {"ecr_repository_prefix": "some", name: prefix}
    return name not in DestinationForm(data, draft=draft).errors


def namespaces_accept(draft: RuleDraft, name: str, prefix: str) -> bool:
    data = {
        "cache_namespace": SPECIFIC_NAMESPACE,
        "upstream_namespace": SPECIFIC_NAMESPACE,
        "ecr_repository_prefix": "some",
        "upstream_repository_prefix": "some",
        name: prefix,
    }
    return name not in NamespacesForm(data, draft=draft).errors


@pytest.mark.promise("I1")
def test_the_form_and_aws_agree_on_every_prefix() -> None:
    draft = draft_of("quay")
    verdicts = {text: aws_accepts(text.strip()) for text in (*strings(COUNT), *SPECIAL)}
    del verdicts["ROOT"]  # the word stands for "No prefix", which is a choice of its own
    name = "ecr_repository_prefix"
    disagreed = [
        text
        for text, verdict in verdicts.items()
        if destination_accepts(draft, name, text) is not verdict
    ]
    assert disagreed == []
    assert len(verdicts) > 10_000
    assert 2000 < sum(verdicts.values()) < 10_000


@pytest.mark.promise("I1")
def test_every_field_of_a_prefix_agrees_with_aws() -> None:
    registry = draft_of("ecr-same-account", region="eu-west-1")
    for text in filter(str.strip, {*strings(1200), *SPECIAL} - {"ROOT"}):
        verdict = aws_accepts(text.strip())
        for name in ("ecr_repository_prefix", "upstream_repository_prefix"):
            assert namespaces_accept(registry, name, text) is verdict, (name, text)
        name = "upstream_repository_prefix"
        assert destination_accepts(draft_of("quay"), name, text) is verdict, text


@pytest.mark.promise("I1")
def test_the_word_root_is_no_prefix_that_one_types_but_a_choice() -> None:
    assert aws_accepts("ROOT")
    assert not destination_accepts(draft_of("quay"), "ecr_repository_prefix", "ROOT")
    form = NamespacesForm(
        {"cache_namespace": NO_NAMESPACE, "upstream_namespace": NO_NAMESPACE},
        draft=draft_of("ecr-same-account", region="eu-west-1"),
    )
    assert form.is_valid(), form.errors


@pytest.mark.promise("I1")
def test_a_prefix_that_aws_would_refuse_never_reaches_it(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    token = person.csrf_token
    for text in SPECIAL:
        if aws_accepts(text.strip()) and text != "ROOT":
            continue
        data = {"ecr_repository_prefix": text, TOKEN: token}
        answer = person.client.post(f"{path}destination/", data)
        is_refused = answer.status_code == 413 or answer["Location"].endswith("/destination/")
        assert is_refused, text[:40]
        person.client.post(f"{path}create/", {TOKEN: token})
    assert changes(aws.calls()) == set()


@pytest.mark.promise("I1")
@pytest.mark.parametrize("prefix", ["A", "a-_b", "a" * 31, "a//b", "ab\n", "\0ab", "", "../ab"])
def test_the_last_gate_lets_no_such_prefix_through_either(
    aws: FakeAws, person: Person, prefix: str
) -> None:
    draft = draft_of("quay").with_answers(Step.DESTINATION, {"ecr_repository_prefix": prefix})
    with pytest.raises(InvalidRule, match="ecr_repository_prefix"):
        confirm(draft, credential=None, actor=User.objects.get())
    assert "CreatePullThroughCacheRule" not in aws.calls()


# --- I2: upstream hosts -------------------------------------------------------------------------

NO_REGISTRY_NAMES = (
    *("http://myregistry", "ftp://myregistry.azurecr.io", "file:///etc/passwd", "//myregistry"),
    *("myregistry/path", "myregistry.azurecr.io/v2/", "user@myregistry", "myregistry@evil.test"),
    *("myregistry:443", "myregistry.azurecr.io:8443", "169.254.169.254", "http://169.254.169.254/"),
    *("localhost", "localhost.azurecr.io", "127.0.0.1", "2130706433.nip.io", "[::1]", "::1"),
    *("fe80::1", "[fe80::1%25eth0]", "xn--80ak6aa92e", "xn--mgba3a4f16a.azurecr.io"),
    *("myregistry\u3002evil", "myregistry\uff0eevil", "myregistry\uff61evil", "my\u212aregistry"),
    *("myregistry.evil.test", "myregistry.azurecr.io.evil.test", "azurecr.io", "a.azurecr.io"),
    *("myregistry#", "myregistry?x=1", "myregistry\\evil", "my registry", "my\r\nregistry"),
    *("-myregistry", "myregistry-", "m", "m" * 51, "metadata.google.internal", "%6dyregistry"),
)

NO_UPSTREAMS = (
    *("http://quay.io", "https://quay.io", "quay.io/path", "user@quay.io", "quay.io:443"),
    *("169.254.169.254", "localhost", "127.0.0.1", "[::1]", "xn--quay-9za.io", "quay\u3002io"),
    *("quay.io.evil.test", "evil.test", "evilquay.io", "", ".quay.io", "quay.io.", "QUAY.IO"),
    *("localhost.azurecr.io", "a.b.azurecr.io", "xn--80ak6aa92e.azurecr.io", "x.azurecr.io"),
    f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com.evil.test",
    f"{ACCOUNT}.dkr.ecr.us-east-1.evil.test",
    f"{ACCOUNT}.dkr.ecr.evil.test/us-east-1.amazonaws.com",
    f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com\n",
)


@pytest.mark.promise("I2")
@pytest.mark.parametrize("typed", NO_REGISTRY_NAMES)
def test_what_is_no_name_of_a_registry_is_refused_at_its_field(typed: str) -> None:
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    data = {"registry": "azure-container-registry", "registry_name": typed}
    form = SourceForm(data, draft=draft, choices=places.list_regions())
    assert set(form.errors) == {"registry_name"}, form.cleaned_data


@pytest.mark.promise("I2")
@pytest.mark.parametrize(
    "typed", ["myregistry", "https://myregistry.azurecr.io/", " MyRegistry ", "contoso-dnl1"]
)
def test_a_registry_s_name_ends_under_its_own_domain(typed: str) -> None:
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    data = {"registry": "azure-container-registry", "registry_name": typed}
    form = SourceForm(data, draft=draft, choices=places.list_regions())
    assert form.is_valid(), form.errors
    url = draft.with_answers(Step.SOURCE, form.answers()).upstream_registry_url
    assert re.fullmatch(r"[a-z0-9-]{5,50}\.azurecr\.io", url)


@pytest.mark.promise("I2")
@pytest.mark.parametrize("url", NO_UPSTREAMS)
def test_an_upstream_outside_of_the_catalogue_makes_no_rule(url: str) -> None:
    assert registry_of_url(url, own_account_id=ACCOUNT) is None
    rule = NewRule(ecr_repository_prefix="some", upstream_registry_url=url)
    with pytest.raises(InvalidRule, match="upstream_registry_url"):
        check_new_rule(rule, TARGET)


@pytest.mark.promise("I2")
def test_the_upstream_account_and_region_are_what_aws_has(person: Person) -> None:
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    for account_id, region in (
        ("169.254.169.254", "eu-west-1"),
        ("evil.test/", "eu-west-1"),
        (OTHER_ACCOUNT, "evil.test/"),
        (OTHER_ACCOUNT, "cn-north-1"),
        ("\u0661" * 12, "eu-west-1"),
    ):
        data = {
            "registry": "ecr",
            "ecr_access": "ecr-cross-account",
            "region": region,
            "account_id": account_id,
        }
        form = SourceForm(data, draft=draft, choices=places.list_regions())
        assert set(form.errors) & {"region", "account_id"}, data


_connections: list[Any] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _connections is not None and event in ("socket.connect", "socket.getaddrinfo"):
        _connections.append(arguments[1] if event == "socket.connect" else arguments[:2])


@pytest.fixture
def connections() -> Iterator[list[Any]]:
    """Every connection and name look-up of this process, as Python's own audit events tell them."""
    global _connections
    if not getattr(_watch, "is_on", False):
        sys.addaudithook(_watch)
        setattr(_watch, "is_on", True)  # noqa: B010 - an audit hook cannot be taken off again
    _connections = []
    yield _connections
    _connections = None


@pytest.mark.promise("I2")
def test_no_page_connects_to_an_upstream(
    aws: FakeAws, person: Person, connections: list[Any]
) -> None:
    furnish(person)
    del connections[:]
    path = begin(person, "Amazon ECR Public")
    person.open(f"{path}destination/preview/?ecr_repository_prefix=evil.test")
    person.open(f"{path}plan/?registry=azure-container-registry")
    person.open(f"/{ACCOUNT}/{REGION}/rules/github/details/?image=evil.test/app:1")
    person.open(f"/{ACCOUNT}/{REGION}/rules/github/details/?image=ghcr.io/team/app:1")
    person.open(f"/{ACCOUNT}/{REGION}/rules/github/health/")
    person.open(path + "destination/")
    person.press("Next")
    person.press("Create")
    host, _, port = aws.url.removeprefix("http://").partition(":")
    assert "CreatePullThroughCacheRule" in aws.calls()
    assert connections
    assert {(str(to[0]), int(to[1])) for to in connections} <= {(host, int(port))}


# Modules that can open a connection, and the only ones of the console's that may use them.
NETWORK = {
    *("socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "smtplib"),
    "requests_hardened",
    *("ftplib", "asyncio", "socketserver", "xmlrpc", "telnetlib", "boto3", "botocore", "apprise"),
}
MAY_CONNECT = {
    "wizard/services/alerts/channels.py": {"http.client", "smtplib", "urllib.request"},
    "wizard/services/alerts/apprise_services.py": {"apprise"},
    "wizard/backend": {"boto3", "botocore"},
    # The variables that name proxies.
    "wizard/services/diagnosis/aws.py": {"urllib.request"},
    # The context of botocore's own connections.
    "wizard/backend/tls.py": {"ssl"},
    # The exception of an untrusted certificate, and the variables that name proxies.
    "wizard/backend/connections.py": {"ssl", "urllib.request"},
    # To the registries of the catalogue: `test_hostile_upstreams.py` has how.
    "wizard/upstreams": {"requests", "requests_hardened", "urllib3", "socket"},
    # To the provider of the settings, and the addresses that it tells of itself.
    "wizard/gate/identity_provider.py": {"requests", "urllib3"},
}


def _network_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return {name for name in NETWORK if any(f"{each}.".startswith(f"{name}.") for each in found)}


@pytest.mark.promise("I2")
def test_only_aws_and_what_the_settings_name_are_ever_connected_to() -> None:
    for path in sorted((ROOT / "wizard").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        allowed: set[str] = set()
        for prefix, modules in MAY_CONNECT.items():
            allowed |= modules if name.startswith(prefix) else set()
        assert _network_imports(path) <= allowed, name


# --- I3 and I4: ARNs ----------------------------------------------------------------------------


def arn_of(
    *,
    partition: str = "aws",
    region: str = REGION,
    account: str = ACCOUNT,
    name: str = "ecr-pullthroughcache/hub-AbCdEf",
) -> str:
    return f"arn:{partition}:secretsmanager:{region}:{account}:secret:{name}"


FOREIGN_SECRETS = [
    (arn_of(account=OTHER_ACCOUNT), "belongs to another account"),
    (arn_of(region="eu-west-1"), "belongs to another Region"),
    (arn_of(partition="aws-cn"), "belongs to another AWS partition"),
    (arn_of(partition="aws-us-gov"), "belongs to another AWS partition"),
    (arn_of(name="hub-AbCdEf"), "must begin with ecr-pullthroughcache/"),
    (arn_of(name="other/ecr-pullthroughcache/hub-AbCdEf"), "must begin with ecr-pullthroughcache/"),
    (f"arn:aws:iam::{ACCOUNT}:role/ecr-pullthroughcache/hub", "the ARN of a role"),
    ("ecr-pullthroughcache/hub", "not an ARN"),
]
FOREIGN_ROLES = [
    (f"arn:aws:iam::{OTHER_ACCOUNT}:role/example-role", "belongs to another account"),
    (f"arn:aws-cn:iam::{ACCOUNT}:role/example-role", "belongs to another AWS partition"),
    (arn_of(), "the ARN of a secret"),
]


@pytest.mark.promise("I3")
@pytest.mark.parametrize("is_listed", [True, False])
def test_a_secret_of_elsewhere_is_refused_by_the_wizard_and_the_part_named(
    aws: FakeAws, person: Person, is_listed: bool
) -> None:
    make_secret()
    aws.clear_calls()
    if not is_listed:
        aws.refuse(operation="ListSecrets")
    path = begin(person, "Docker Hub")
    for arn, words in FOREIGN_SECRETS:
        data = {"credential_source": "existing", "secret": arn, TOKEN: person.csrf_token}
        person.arrive(person.client.post(f"{path}authentication/", data, follow=True))
        assert person.is_refused, arn
        assert words in person.error_at("Secret name"), arn
    assert changes(aws.calls()) == set()


@pytest.mark.promise("I3")
def test_a_secret_of_elsewhere_is_refused_by_edit_and_by_restore(
    aws: FakeAws, person: Person
) -> None:
    furnish(person)
    path = begin(person, "Docker Hub")
    aws.clear_calls()
    url = f"/{ACCOUNT}/{REGION}/rules/github/edit/"
    for arn, words in FOREIGN_SECRETS:
        person.open(url)
        seen = str(person.find('input[name="seen"]')["value"])
        data = {"arn": arn, "seen": seen, TOKEN: person.csrf_token}
        person.arrive(person.client.post(url, data))
        assert person.is_refused, arn
        assert words in person.error_at("Secret name"), arn

        data = {"arn": arn, TOKEN: person.csrf_token}
        person.arrive(person.client.post(f"{path}restore-secret/", data))
        assert person.status == 400, arn
        assert words in person.text, arn
    assert changes(aws.calls()) == set()


@pytest.mark.promise("I3")
def test_a_secret_of_elsewhere_is_not_looked_up_on_the_secrets_page(
    aws: FakeAws, person: Person
) -> None:
    make_secret()
    for arn, words in FOREIGN_SECRETS:
        if not arn.startswith("arn:"):
            continue  # a name, which is looked up here
        aws.clear_calls()
        person.arrive(person.client.get(f"/{ACCOUNT}/{REGION}/secrets/", {"secret": arn}))
        assert words in person.error_at("Secret name or ARN"), arn
        assert "DescribeSecret" not in aws.calls(), arn


@pytest.mark.promise("I3", "I4")
@pytest.mark.parametrize(("arn", "_words"), FOREIGN_SECRETS)
def test_the_last_gate_lets_no_arn_of_elsewhere_through_either(
    aws: FakeAws, person: Person, arn: str, _words: str
) -> None:
    answers = {"credential_source": "existing", "credential_arn": arn}
    draft = draft_of("docker-hub").with_answers(Step.AUTHENTICATION, answers)
    draft = draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "hub"})
    with pytest.raises(InvalidIdentifier, match=r"^[a-z]+: "):
        confirm(draft, credential=None, actor=User.objects.get())
    assert "CreatePullThroughCacheRule" not in aws.calls()


@pytest.fixture
def role(aws: FakeAws) -> str:
    boto3.client("iam").create_role(
        RoleName="example-role", AssumeRolePolicyDocument=str(TRUST).replace("'", '"')
    )
    aws.clear_calls()
    return ROLE_ARN


@pytest.mark.promise("I4")
@pytest.mark.parametrize("field", ["custom_role_arn", "typed_role_arn"])
def test_a_role_of_another_account_is_refused_by_the_wizard(
    aws: FakeAws, person: Person, role: str, field: str
) -> None:
    path = begin_cross_account(person)
    source = "list" if field == "custom_role_arn" else "typed"
    for arn, words in FOREIGN_ROLES:
        data = {"role_source": source, field: arn, TOKEN: person.csrf_token}
        person.arrive(person.client.post(f"{path}permissions/", data, follow=True))
        assert person.is_refused, arn
        assert words in person.text, arn
    assert changes(aws.calls()) == set()


@pytest.mark.promise("I4")
def test_a_role_of_another_account_is_refused_by_edit(aws: FakeAws, person: Person) -> None:
    furnish(person)
    aws.clear_calls()
    url = f"/{ACCOUNT}/{REGION}/rules/team/edit/"
    for arn, words in FOREIGN_ROLES:
        person.open(url)
        seen = str(person.find('input[name="seen"]')["value"])
        data = {"arn": arn, "seen": seen, TOKEN: person.csrf_token}
        person.arrive(person.client.post(url, data))
        assert person.is_refused, arn
        assert words in person.error_at("IAM role"), arn
    assert changes(aws.calls()) == set()


@pytest.mark.promise("I4")
def test_a_role_that_may_not_be_passed_is_explained_where_it_was_chosen(
    aws: FakeAws, person: Person, role: str
) -> None:
    aws.fail(
        operation="CreatePullThroughCacheRule",
        code="AccessDeniedException",
        message=f"User: arn:aws:iam::{ACCOUNT}:user/ptc is not authorized to perform: iam:PassRole"
        f" on resource: {role} because no identity-based policy allows the iam:PassRole action",
    )
    begin_cross_account(person)
    person.choose("The roles of this account")
    person.select("IAM role", "example-role")
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Specify permissions"
    assert "The console is not allowed to pass this role to ECR" in person.text
    assert "iam:PassedToService ecr.amazonaws.com" in person.text
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in person.text
    assert prefixes() == []


# --- I5: the quota ------------------------------------------------------------------------------


def fill_region(count: int) -> None:
    for number in range(count):
        make_rule(f"rule{number}")


@pytest.mark.promise("I5")
def test_a_full_region_is_told_at_the_review(aws: FakeAws, person: Person) -> None:
    fill_region(RULES_PER_REGION - 1)
    begin(person, "Quay")
    person.press("Next")
    assert person.heading == "Review and create"
    assert "This Region has 49 of the 50 rules that AWS allows." in person.text
    assert "AWS will reject this rule" not in person.text
    make_rule("the-last")
    person.open(person.url)
    warning = person.find(".alert-warning").get_text(" ")
    assert "This Region has 50 of the 50 rules" in warning
    assert "AWS will reject this rule" in warning


@pytest.mark.promise("I5")
def test_a_rule_too_many_in_a_race_is_refused_in_words(aws: FakeAws, person: Person) -> None:
    fill_region(RULES_PER_REGION - 1)
    begin(person, "Quay")
    person.press("Next")
    make_rule("the-last")
    person.press("Create")
    assert person.heading == "Review and create"
    assert "This Region has reached the maximum number of rules" in person.text
    assert "A registry can contain 50 rules in each Region" in person.text
    assert "LimitExceededException" in person.text
    assert len(prefixes()) == RULES_PER_REGION


@pytest.mark.promise("I5")
def test_a_rule_that_takes_another_s_place_needs_no_room(aws: FakeAws, person: Person) -> None:
    fill_region(RULES_PER_REGION)
    person.open(f"/{ACCOUNT}/{REGION}/rules/rule7/details/")
    person.press("Replace")
    person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"
    assert "This Region has 50 of the 50 rules that AWS allows." in person.text
    assert person.page.select(".alert-warning") is not None
    assert "AWS will reject this rule" not in person.text


# --- I6: the form of a request ------------------------------------------------------------------


@pytest.fixture
def administrator(aws: FakeAws, db: None) -> Person:
    """Who may use every form there is."""
    return sign_in("root", Role.ADMINISTRATOR)


@pytest.fixture
def every_address(administrator: Person) -> list[Address]:
    return addresses(furnish(administrator))


def post(person: Person, url: str, data: Any, **more: Any) -> int:
    """POST with the token in the header, where it cannot be what is refused; return the status."""
    headers = {"X-CSRFToken": person.csrf_token, **more.pop("headers", {})}
    if isinstance(data, str | bytes):
        answer = person.client.generic("POST", url, data, headers=headers, **more)
    else:
        answer = person.client.post(url, data, headers=headers, **more)
    return int(answer.status_code)


def answers_posts(person: Person, address: Address) -> bool:
    return address.is_ours and post(person, address.url, "{}", content_type=FORM) != 405


@pytest.mark.promise("I6")
def test_every_view_that_answers_a_post_names_its_fields(
    administrator: Person, every_address: list[Address]
) -> None:
    silent = [
        address.name
        for address in every_address
        if not address.takes_forms and answers_posts(administrator, address)
    ]
    assert silent == [], "these views need @takes(...) of wizard/web/posted.py"


# The forms that have a file, and what they answer to one of no use. A list of images can have lines
# that are none.
WITH_A_FILE = {
    "rule-import": 422,
    "file-convert": 422,
    "image-bypass": 200,
    "account-import": 422,
}


@pytest.mark.promise("I6")
def test_no_address_takes_what_no_form_sends(
    aws: FakeAws, administrator: Person, every_address: list[Address]
) -> None:
    administrator.open_rules()
    aws.clear_calls()
    wrong = []
    for address in every_address:
        if not address.takes_forms:
            continue
        token = administrator.csrf_token
        twice = urlencode([(TOKEN, token), (TOKEN, token)])
        many = urlencode([(f"field{number}", "") for number in range(10_000)])
        tries = {
            "twice": (400, twice, FORM),
            "unknown": (400, "is_superuser=on", FORM),
            "many": (400, many, FORM),
            "huge": (413, "a=" + "b" * 10_000_000, FORM),
            "json": (415, "{}", "application/json"),
            "xml": (415, "<a/>", "text/xml"),
            "file": (WITH_A_FILE.get(address.name, 400), *_file()),
            "broken": (400, b"--x\r\n", "multipart/form-data"),
        }
        for what, (expected, data, kind) in tries.items():
            status = post(administrator, address.url, data, content_type=kind)
            if status != expected:
                wrong.append((address.name, what, status))
    assert wrong == []
    assert changes(aws.calls()) == set()


def _file() -> tuple[bytes, str]:
    """The body and the type of a form with a file in it."""
    file = SimpleUploadedFile("evil.html", b"<script>")
    return encode_multipart(BOUNDARY, {"file": file}), MULTIPART_CONTENT


@pytest.mark.promise("I6")
def test_a_field_that_is_there_twice_is_never_one_of_its_two_values(
    aws: FakeAws, administrator: Person, every_address: list[Address]
) -> None:
    administrator.open_rules()
    aws.clear_calls()
    tried = 0
    for address in every_address:
        fields: Mapping[str, bool] = getattr(address.view, "takes_fields", {})
        for name in [name for name in fields if name != TOKEN and not fields[name]]:
            twice = urlencode([(name, "one"), (name, "two")])
            assert post(administrator, address.url, twice, content_type=FORM) == 400, (
                address.name,
                name,
            )
            tried += 1
    assert tried > 20
    assert changes(aws.calls()) == set()


@pytest.mark.promise("I6")
def test_a_step_takes_the_fields_of_its_own_form_only(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    twice = urlencode([("ecr_repository_prefix", "one"), ("ecr_repository_prefix", "two")])
    assert post(person, f"{path}destination/", twice, content_type=FORM) == 400
    assert post(person, f"{path}destination/", {"secret": arn_of()}) == 400
    assert post(person, f"{path}destination/", {"ecr_repository_prefix": "one"}) == 303


@pytest.mark.promise("I6")
def test_what_is_refused_is_told_on_a_page_of_the_console(person: Person) -> None:
    person.open_rules()
    headers = {"X-CSRFToken": person.csrf_token}
    url = f"/{ACCOUNT}/{REGION}/new-secret/"
    for status, data, kind, words in (
        (400, "is_superuser=on", FORM, "The form has unexpected fields"),
        (413, "a" * 2_000_000, FORM, "The form is too large"),
        (415, "{}", "application/json", "Not a form"),
    ):
        person.arrive(person.client.post(url, data, content_type=kind, headers=headers))
        assert (person.status, person.heading) == (status, words)
        assert "othing was changed" in person.text


@pytest.mark.promise("I6")
def test_the_admin_survives_it_too(person: Person) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    person.open("/admin/")
    for url in ("/admin/wizard/lastknownrule/", "/admin/auth/user/", "/admin/login/"):
        many = urlencode([(f"field{number}", "") for number in range(10_000)])
        assert post(person, url, many, content_type=FORM) == 400
        assert post(person, url, "a=" + "b" * 10_000_000, content_type=FORM) == 413
        assert post(person, url, "{}", content_type="application/json") == 415


# --- I7: prefixes that meet ---------------------------------------------------------------------


@pytest.mark.promise("I7")
@pytest.mark.parametrize(
    ("existing", "typed"),
    [("team", "team/a"), ("team/a", "team"), ("team/a/b", "team"), ("ROOT", "team"), ("ab", "ab/")],
)
def test_a_prefix_that_meets_another_is_told_with_both_names(
    person: Person, existing: str, typed: str
) -> None:
    upstream = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    make_rule(existing, upstream if existing == "ROOT" else "quay.io")
    path = begin(person, "Kubernetes")
    person.open(f"{path}destination/preview/?ecr_repository_prefix={typed}")
    assert _names_told(person) >= {existing, typed}
    person.open(f"{path}destination/")
    person.fill("Amazon ECR repository prefix", typed)
    person.press("Next")
    assert person.heading == "Review and create"
    assert _names_told(person) >= {existing, typed}


def _names_told(person: Person) -> set[str]:
    words = person.find("#preview .alert").get_text(" ")
    return set(re.findall(r"[A-Za-z/]+", words))


@pytest.mark.promise("I7")
def test_a_prefix_that_only_looks_like_another_is_not_warned_of(person: Person) -> None:
    make_rule("team")
    path = begin(person, "Kubernetes")
    person.open(f"{path}destination/preview/?ecr_repository_prefix=teams")
    assert person.page.select("#preview .alert") == []
