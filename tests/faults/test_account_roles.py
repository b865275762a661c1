"""Which roles of accounts the console uses: those that nobody can use without its external ID."""

import json
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import connect
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import account_roles
from wizard.domain import Role, known_credentials
from wizard.domain.errors import (
    AccountExists,
    AwsError,
    InvalidIdentifier,
    RoleOfAnotherAccount,
    RoleTrustsTooMuch,
    TrustNotTested,
)
from wizard.models import Account, AuditEvent, ExternalId
from wizard.services import accounts
from wizard.services.accounts import checking, directory

OTHER, THIRD = "210987654321", "333344445555"
ROLE = f"arn:aws:iam::{OTHER}:role/PtcConsole"
OF_THE_CALLER = (
    f"User: arn:aws:iam::{ACCOUNT}:user/console is not authorized to perform: sts:AssumeRole on"
    f" resource: {ROLE} because no identity-based policy allows the sts:AssumeRole action"
)


@pytest.fixture
def admin(aws: FakeAws, db: None) -> Person:
    return sign_in("alan", Role.ADMINISTRATOR)


def trust(aws: FakeAws, *conditions: dict[str, Any]) -> None:
    """Give the role a trust policy with a statement for each of these conditions."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
            **({"Condition": condition} if condition else {}),
        }
        for condition in conditions
    ]
    keys: Any = aws.keys_of(OTHER)
    boto3.client("iam", **keys).update_assume_role_policy(
        RoleName="PtcConsole",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )


def add(admin: Person, role_arn: str = ROLE, account_id: str = OTHER) -> None:
    new = accounts.NewAccount(account_id=account_id, role_arn=role_arn)
    accounts.add_account(new, actor=User.objects.get(username="alan"))


@pytest.mark.promise("Z4")
def test_an_account_is_added_only_if_its_role_requires_exactly_its_external_id(
    admin: Person, aws: FakeAws
) -> None:
    external_id = directory.external_id_of(OTHER)
    exactly = {"StringEquals": {"sts:ExternalId": external_id}}
    aws.add_account(OTHER, external_id=external_id)
    too_much: list[list[dict[str, Any]]] = [
        [{}],
        [exactly, {}],
        [{"StringLike": {"sts:ExternalId": "*"}}],
        [{"StringLike": {"sts:ExternalId": "ptc-*"}}],
        [{"StringEqualsIfExists": {"sts:ExternalId": external_id}}],
        [exactly, {"Null": {"sts:ExternalId": "true"}}],
    ]
    for conditions in too_much:
        trust(aws, *conditions)
        with pytest.raises(RoleTrustsTooMuch):
            add(admin)
        assert not Account.objects.exists()
    trust(aws, exactly)
    add(admin)
    assert Account.objects.get().role_arn == ROLE


@pytest.mark.promise("Z4")
def test_a_refusal_by_the_policies_of_the_console_says_nothing_about_the_role(
    admin: Person, aws: FakeAws
) -> None:
    """The console's own policy may require an external ID while the role does not."""
    aws.add_account(OTHER, external_id=None)
    aws.fail(operation="AssumeRole", code="AccessDenied", message=OF_THE_CALLER, status=403)
    with pytest.raises(TrustNotTested):
        checking.is_refused(ROLE, "")
    assert not Account.objects.exists()


@pytest.mark.promise("Z4")
def test_an_attempt_without_an_answer_is_no_refusal(admin: Person, aws: FakeAws) -> None:
    """Only a refusal shows that the role requires its external ID."""
    aws.add_account(OTHER, external_id=directory.external_id_of(OTHER))
    aws.fail(operation="AssumeRole")
    with pytest.raises(AwsError):
        checking.is_refused(ROLE, "")


@pytest.mark.promise("Z4")
def test_an_external_id_is_the_server_s_and_of_one_account(admin: Person, aws: FakeAws) -> None:
    """It cannot be sent by any form, and no two accounts have the same."""
    ids = {directory.external_id_of(f"{number:012}") for number in range(1, 50)}
    assert len(ids) == 49
    before = directory.external_id_of(OTHER)
    token = admin.client.get("/accounts/add/") and admin.client.cookies["csrftoken"].value
    for page in (f"/accounts/{OTHER}/role/", "/accounts/add/", f"/accounts/{OTHER}/edit/"):
        answer = admin.client.post(
            page,
            {"csrfmiddlewaretoken": token, "role_arn": ROLE, "external_id": "chosen"},
            headers={"referer": page},
        )
        assert answer.status_code == 400
    assert directory.external_id_of(OTHER) == before
    assert not ExternalId.objects.filter(value="chosen").exists()


@pytest.mark.promise("Z5")
def test_a_role_of_another_account_than_the_declared_one_is_not_bound(
    admin: Person, aws: FakeAws
) -> None:
    for account_id in (OTHER, THIRD):
        aws.add_account(account_id, external_id=directory.external_id_of(OTHER))
    with pytest.raises(InvalidIdentifier, match="role-account"):
        add(admin, ROLE.replace(OTHER, THIRD))
    assert aws.calls().get("AssumeRole", 0) == 0
    assert not Account.objects.exists()


@pytest.mark.promise("Z5")
def test_the_account_that_the_session_reports_must_be_the_declared_one(
    admin: Person, aws: FakeAws
) -> None:
    aws.add_account(OTHER, external_id=directory.external_id_of(OTHER))
    admin.open("/accounts/")
    accounts.trusted_principal()  # the console's own identity is known
    reported = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult><Account>{THIRD}</Account></GetCallerIdentityResult>"
        "</GetCallerIdentityResponse>"
    )
    aws.garble_answer(reported, operation="GetCallerIdentity")
    with pytest.raises(RoleOfAnotherAccount):
        add(admin)
    assert not Account.objects.exists()


@pytest.mark.promise("Z5")
def test_a_role_that_an_account_has_is_bound_to_no_other(admin: Person, aws: FakeAws) -> None:
    """Even if the row of the other account is wrong, as after a change by hand."""
    aws.add_account(OTHER, external_id=directory.external_id_of(OTHER))
    Account.objects.create(account_id=THIRD, role_arn=ROLE)
    with pytest.raises(AccountExists):
        add(admin)
    assert aws.calls().get("AssumeRole", 0) == 0
    assert [row.pk for row in Account.objects.all()] == [THIRD]


@pytest.mark.promise("Z4")
def test_a_role_is_assumed_with_the_external_id_of_its_account(admin: Person, aws: FakeAws) -> None:
    """The role requires it, so that its account can be called only with it."""
    connect(aws, OTHER, {REGION: {"quay": "quay.io"}})
    admin.open(f"/{OTHER}/{REGION}/rules/")
    assert admin.status == 200
    assert "Pull through cache rules (1)" in admin.text


@pytest.mark.promise("S9")
def test_the_credentials_of_a_test_are_not_repeated(admin: Person, aws: FakeAws) -> None:
    accounts.trusted_principal()  # the console's own identity is known
    secret, token = "made-up-secret-of-a-session", "made-up-token-of-a-session"
    given = (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
        f"<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>{secret}"
        f"</SecretAccessKey><SessionToken>{token}</SessionToken></Credentials></AssumeRoleResult>"
        "</AssumeRoleResponse>"
    )
    external_id = directory.external_id_of(OTHER)
    aws.add_account(OTHER, external_id=external_id)
    aws.garble_answer(given, operation="AssumeRole")
    words = f"The secret {secret} and the token {token} are unknown."
    aws.fail(operation="GetCallerIdentity", code="InvalidClientTokenId", message=words)
    with pytest.raises(AwsError, match=r"The secret .* and the token .* are unknown") as caught:
        account_roles.account_of_session(ROLE, external_id=external_id)
    assert secret not in caught.value.message
    assert token not in caught.value.message
    assert not known_credentials.secret_values(words) & {secret, token}


def test_no_row_and_no_record_has_the_credentials_of_a_test(
    admin: Person, aws: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    aws.add_account(OTHER, external_id=directory.external_id_of(OTHER))
    add(admin)
    accounts.test_account(OTHER, actor=User.objects.get(username="alan"))
    rows = json.dumps(list(AuditEvent.objects.values()), default=str)
    for text in (rows, caplog.text):
        assert "ASIA" not in text
        assert "FwoGZXIvYXdzE" not in text
