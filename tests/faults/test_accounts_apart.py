"""Calls of one account are never made with the credentials of another.

The simulated AWS answers by the credentials of a call, so what an account's rules and secrets are
tells who signed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in, connect, role_in
from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT, REGION, sign_in, someone
from tests.worker import work
from wizard import tasks
from wizard.backend import account, clients, ecr, pages, secretsmanager
from wizard.backend.account_roles import assumed_roles
from wizard.backend.account_roles import session as role_session
from wizard.backend.account_roles.by_account import AssumedRoles
from wizard.backend.calls import call
from wizard.backend.client_cache import cached_client
from wizard.backend.errors import aws_words
from wizard.backend.kept_threads import threads
from wizard.backend.refusals import refusals
from wizard.backend.signing import UnsignedCall
from wizard.domain import NewRule, Role, Target, errors, known_credentials, waiting
from wizard.domain.account_policies import role_policy
from wizard.domain.accounts import AccountRole
from wizard.domain.changes import permitted
from wizard.models import Account, BulkValidation, ExternalId
from wizard.services import permissions, places
from wizard.services.accounts.checking import check_role
from wizard.services.bulk_validation.starting import RuleSelection, start_bulk_validation
from wizard.services.fanout import fan_out

HERE = Target(account_id=ACCOUNT, region=REGION)
THERE = Target(account_id=OTHER_ACCOUNT, region=REGION)
RULES = f"/{OTHER_ACCOUNT}/{REGION}/rules/"


@pytest.fixture(autouse=True)
def _no_pauses(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """botocore does not pause between attempts, and has its whole quota of them."""
    clients.forget()
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    yield
    aws.release()
    assert threads.wait_until_idle(60)


@pytest.fixture
def there(aws: FakeAws) -> AccountRole:
    """Another account, whose role the backend knows. Both accounts have a rule of their own."""
    make_rule("here")
    role = role_in(aws, rules={REGION: {"there": "quay.io"}})
    assumed_roles.use(role)
    return role


def prefixes(target: Target) -> list[str]:
    return [rule.ecr_repository_prefix for rule in ecr.describe_rules(target)]


def session_key(aws: FakeAws) -> str:
    """The access key of the role's session, as a signed address shows it."""
    client: Any = clients.ecr(THERE)
    url = client.sent(lambda boto: boto.generate_presigned_url("describe_repositories"))
    return str(url).partition("Credential=")[2].partition("%2F")[0]


# --- Who signs ----------------------------------------------------------------------------------


@pytest.mark.promise("Z14", "F5")
def test_threads_of_two_accounts_share_clients_and_never_credentials(
    aws: FakeAws, there: AccountRole
) -> None:
    """Also where attempts are repeated, lists have pages and credentials expire meanwhile."""
    make_secret("ecr-pullthroughcache/mine")
    for name in "abc":
        client_in(aws, "secretsmanager").create_secret(
            Name=f"ecr-pullthroughcache/theirs-{name}", SecretString="{}"
        )
    targets = [HERE, THERE] * 10

    def look(target: Target) -> None:
        client = clients.secretsmanager(target)
        found = pages.every_item(client, "list_secrets", "SecretList", MaxResults=1)
        owners = {each["ARN"].split(":")[4] for each in found}
        assert owners == {target.account_id}
        assert len(found) == (1 if target is HERE else 3)
        assert prefixes(target) == ["here" if target is HERE else "there"]
        client_of_iam: Any = clients.iam(target.account_id)
        listed = call(client_of_iam.list_roles)["Roles"]
        assert {each["Arn"].split(":")[4] for each in listed} <= {target.account_id}

    look(THERE)
    assert clients.ecr(HERE).meta is clients.ecr(THERE).meta
    aws.throttle(times=2)
    aws.expire_credentials(access_key=session_key(aws))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, targets))
    # One more AssumeRole, whichever thread met the expired session first.
    assert aws.calls()["AssumeRole"] == 2


@pytest.mark.promise("Z14")
def test_a_method_that_is_called_directly_and_a_signed_address_are_the_accounts_too(
    aws: FakeAws, there: AccountRole
) -> None:
    answer: Any = clients.ecr(THERE).describe_pull_through_cache_rules()
    assert [each["registryId"] for each in answer["pullThroughCacheRules"]] == [OTHER_ACCOUNT]
    assert session_key(aws).startswith("ASIA")
    ecr.prepare(HERE)
    with pytest.raises(AttributeError):
        clients.ecr(THERE).get_paginator("describe_repositories")


@pytest.mark.promise("Z14")
@pytest.mark.parametrize("service", ["ecr", "secretsmanager", "iam"])
def test_a_call_without_an_account_is_not_sent(aws: FakeAws, service: str) -> None:
    client = cached_client(service, REGION, clients.READ_SECONDS)
    method = {"ecr": "describe_repositories", "iam": "list_roles"}.get(service, "list_secrets")
    aws.clear_calls()
    with pytest.raises(UnsignedCall):
        getattr(client, method)()
    with pytest.raises(UnsignedCall):
        client.generate_presigned_url(method)
    assert aws.calls() == {}


@pytest.mark.promise("Z14")
def test_there_is_no_client_for_an_account_without_a_role(aws: FakeAws) -> None:
    aws.clear_calls()
    for make in (
        lambda: clients.ecr(THERE),
        lambda: clients.secretsmanager(THERE),
        lambda: clients.iam(OTHER_ACCOUNT),
    ):
        with pytest.raises(errors.CredentialsOfAnotherAccount):
            make()
    assert set(aws.calls()) <= {"GetCallerIdentity"}


@pytest.mark.promise("Z14")
def test_a_role_of_another_account_than_the_one_it_is_for_is_not_used(
    aws: FakeAws, there: AccountRole
) -> None:
    wrong = AccountRole(
        account_id=THIRD_ACCOUNT, role_arn=there.role_arn, external_id=there.external_id
    )
    assumed_roles.use(wrong)
    aws.clear_calls()
    with pytest.raises(errors.UnexpectedAwsError, match="belongs to another account"):
        prefixes(Target(account_id=THIRD_ACCOUNT, region=REGION))
    assert aws.calls() == {"AssumeRole": 1}


# --- Credentials --------------------------------------------------------------------------------


@pytest.mark.promise("Z4")
def test_all_regions_of_a_page_share_one_session(aws: FakeAws, there: AccountRole) -> None:
    aws.clear_calls()
    targets = [
        Target(account_id=OTHER_ACCOUNT, region=region.code) for region in places.list_regions()
    ]
    with waiting.limited("ada"):
        answers = list(fan_out(targets=targets, call=ecr.describe_rules))
    assert [each.error for each in answers if each.error] == []
    assert aws.calls() == {"AssumeRole": 1, "DescribePullThroughCacheRules": len(targets)}


@pytest.mark.promise("F5")
def test_a_role_that_is_refused_is_asked_for_once_and_told_with_cause_and_remedy(
    aws: FakeAws, db: None, there: AccountRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing role and one that does not trust the console look the same to AWS."""
    connect(aws)
    aws.add_account(OTHER_ACCOUNT, external_id="changed")
    person = sign_in()
    aws.clear_calls()
    person.open(f"/{OTHER_ACCOUNT}/rules/")
    person.open(RULES)
    assert aws.calls() == {"AssumeRole": 1}
    assert person.status == 502
    for words in (
        *("The console can't assume the role of this account", "trust policy", "external ID"),
        *("sts:AssumeRole on resource", OTHER_ACCOUNT, "Request ID"),
    ):
        assert words in person.text
    monkeypatch.setattr(role_session, "FAILURE_SECONDS", 0.0)
    aws.add_account(OTHER_ACCOUNT, external_id=ExternalId.objects.get().value)
    person.open(RULES)
    assert person.status == 200


def test_a_page_waits_briefly_for_sts_and_other_accounts_do_not_wait(
    aws: FakeAws, there: AccountRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account.get_caller_account() == ACCOUNT
    monkeypatch.setattr(role_session, "PAGE_SECONDS", 0.0)
    aws.hold(operation="AssumeRole")
    with waiting.limited("ada"):
        for _time in range(3):
            with pytest.raises(errors.AccountRoleUnavailable, match="STS did not answer in time"):
                prefixes(THERE)
        assert prefixes(HERE) == ["here"]
    aws.wait_for_call("AssumeRole")
    assert aws.calls()["AssumeRole"] == 1
    aws.release()
    assert prefixes(THERE) == ["there"]  # background work waits
    with waiting.limited("ada"):
        assert prefixes(THERE) == ["there"]


def test_sts_of_another_region_is_asked_when_that_of_the_home_region_is_away(
    aws: FakeAws, there: AccountRole
) -> None:
    aws.unreachable(operation="AssumeRole", region="us-east-2")
    assert prefixes(THERE) == ["there"]


@pytest.mark.promise("F5")
def test_a_session_that_aws_calls_expired_again_is_not_asked_for_again(
    aws: FakeAws, there: AccountRole
) -> None:
    assert prefixes(THERE) == ["there"]
    aws.expire_credentials(operation="DescribePullThroughCacheRules")
    aws.clear_calls()
    for _time in range(3):
        with pytest.raises(errors.CredentialsExpired):
            prefixes(THERE)
    assert aws.calls()["AssumeRole"] == 1
    aws.clear_faults()
    assert prefixes(THERE) == ["there"]


@pytest.mark.promise("F5")
def test_the_session_of_a_role_that_was_made_again_is_replaced(
    aws: FakeAws, there: AccountRole
) -> None:
    """AWS does not know a session any more whose role was deleted, whatever its name is now."""
    assert prefixes(THERE) == ["there"]
    old = session_key(aws)
    aws.fail(code="UnrecognizedClientException", access_key=old)
    aws.clear_calls()
    for _time in range(3):
        assert prefixes(THERE) == ["there"]
    assert aws.calls()["AssumeRole"] == 1
    assert session_key(aws) != old


def test_a_session_that_is_due_soon_serves_while_sts_does_not_answer(
    aws: FakeAws, there: AccountRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prefixes(THERE) == ["there"]
    session: Any = assumed_roles.find(OTHER_ACCOUNT)
    refreshed = session._session._credentials._renewed
    now = refreshed._time_fetcher
    aws.refuse(operation="AssumeRole")
    minutes = 47
    monkeypatch.setattr(refreshed, "_time_fetcher", lambda: now() + timedelta(minutes=minutes))
    aws.clear_calls()
    for _time in range(3):
        assert prefixes(THERE) == ["there"]
    assert threads.wait_until_idle(60)
    assert aws.calls()["AssumeRole"] == 1
    minutes = 55
    with pytest.raises(errors.AccountRoleNotAssumed):
        prefixes(THERE)


def test_a_role_is_assumed_from_the_consoles_renewed_credentials(
    aws: FakeAws, there: AccountRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    old: Any = clients.session().get_credentials()
    assert account.get_caller_account() == ACCOUNT
    fresh = aws.keys_of(ACCOUNT)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", fresh["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", fresh["aws_secret_access_key"])
    aws.expire_credentials(access_key=old.access_key)
    assert prefixes(THERE) == ["there"]
    assert aws.calls()["AssumeRole"] == 2  # the refused one, and the one with the new key
    clients.forget()


def test_a_session_of_a_role_outlasts_the_consoles_own_credentials(
    aws: FakeAws, there: AccountRole
) -> None:
    assert prefixes(THERE) == ["there"]
    own: Any = clients.session().get_credentials()
    aws.expire_credentials(access_key=own.access_key)
    with pytest.raises(errors.CredentialsExpired):
        prefixes(HERE)
    assert prefixes(THERE) == ["there"]


def test_a_console_that_is_a_role_itself_asks_for_an_hour_and_no_more(
    aws: FakeAws, there: AccountRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS refuses more to a role that assumes another one, however long both allow."""
    hours = 12 * 3600
    own = aws.add_account(ACCOUNT, role="team/console", max_session_duration=hours)
    aws.add_account(
        OTHER_ACCOUNT, external_id=there.external_id, trusts=own, max_session_duration=hours
    )
    given = boto3.client("sts").assume_role(
        RoleArn=own, RoleSessionName="console", DurationSeconds=hours
    )["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
    clients.forget()
    assert prefixes(THERE) == ["there"]
    check_role(there)
    clients.forget()


def test_the_role_that_the_console_proposes_may_do_all_that_pages_ask_for(
    aws: FakeAws, there: AccountRole
) -> None:
    aws.add_account(OTHER_ACCOUNT, external_id=there.external_id, policy=role_policy(OTHER_ACCOUNT))
    permissions.forget()
    found = permissions.check_everything(target=THERE)
    assert found.obstacle is None
    denied = {action for action, each in found.decisions.items() if each.is_denied}
    # Which AWS asks for only in some accounts; the page of permissions offers it apart.
    assert denied == {"secretsmanager:GetSecretValue"}


@pytest.mark.promise("S9")
def test_the_secrets_of_a_session_are_removed_from_texts_until_it_is_dropped(
    aws: FakeAws, there: AccountRole
) -> None:
    prefixes(THERE)
    (values,) = known_credentials._of_roles[OTHER_ACCOUNT]
    for value in values:
        assert value not in aws_words(f"AWS said {value}.")
        assert value not in repr(there)
    assert there.external_id not in repr(there)
    assumed_roles.drop(OTHER_ACCOUNT)
    assert known_credentials.secret_values(" ".join(values)) & set(values) == set()


def test_roles_are_bounded_and_the_one_used_longest_ago_goes() -> None:
    kept = AssumedRoles(most=2)
    roles = [
        AccountRole(account_id=f"{number:012}", role_arn="", external_id="") for number in range(3)
    ]
    kept.use(roles[0])
    first = kept.find(roles[0].account_id)
    kept.use(roles[1])
    kept.use(roles[0])
    kept.use(roles[2])
    assert kept.find(roles[0].account_id) is first
    assert kept.find(roles[1].account_id) is None


# --- Which accounts -----------------------------------------------------------------------------


@pytest.mark.promise("Z15")
def test_no_call_is_made_in_an_account_that_is_disabled_or_removed(aws: FakeAws, db: None) -> None:
    row = connect(aws, rules={REGION: {"there": "quay.io"}})
    person = sign_in()
    person.open(RULES)
    assert person.status == 200
    assert "there" in person.text
    Account.objects.update(is_enabled=False)
    aws.clear_calls()
    person.open(RULES)
    assert person.status == 409
    assert "The account is disabled" in person.text
    assert isinstance(places.refusal_of_work(OTHER_ACCOUNT), errors.AccountNotInUse)
    row.delete()
    person.open(RULES)
    assert person.status == 404
    assert isinstance(places.refusal_of_work(OTHER_ACCOUNT), errors.AccountNotInUse)
    assert isinstance(places.refusal_of_work(THIRD_ACCOUNT), errors.CredentialsOfAnotherAccount)
    assert places.refusal_of_work(ACCOUNT) is None
    with pytest.raises(errors.CredentialsOfAnotherAccount):
        clients.ecr(THERE)
    assert set(aws.calls()) <= {"GetCallerIdentity"}


@pytest.mark.promise("Z15")
def test_a_role_or_external_id_that_changed_is_used_from_the_next_request_on(
    aws: FakeAws, db: None
) -> None:
    connect(aws)
    places.check_account(OTHER_ACCOUNT)
    assert prefixes(THERE) == []
    places.check_account(OTHER_ACCOUNT)
    assert prefixes(THERE) == []
    assert aws.calls()["AssumeRole"] == 1
    arn = aws.add_account(OTHER_ACCOUNT, role="another", external_id="ptc-another")
    ExternalId.objects.update(value="ptc-another")
    places.check_account(OTHER_ACCOUNT)
    with pytest.raises(errors.AccountRoleNotAssumed):
        prefixes(THERE)
    Account.objects.update(role_arn=arn)
    places.check_account(OTHER_ACCOUNT)
    assert prefixes(THERE) == []
    assert clients.get_caller(OTHER_ACCOUNT).name == "another"


def test_without_rows_and_for_the_own_account_nothing_is_read_of_the_database(
    aws: FakeAws, db: None, django_assert_num_queries: Any
) -> None:
    account.get_caller_account()
    with django_assert_num_queries(0):
        places.check_target(HERE)
    connect(aws)
    with django_assert_num_queries(1):
        places.check_target(THERE)


def test_refusals_are_noted_for_the_account_that_they_are_about(
    aws: FakeAws, there: AccountRole
) -> None:
    aws.refuse(service="secretsmanager", times=1)
    with pytest.raises(errors.AccessDenied):
        secretsmanager.list_secrets(THERE)
    assert [each.action for each in refusals.of_target(THERE)] == ["secretsmanager:ListSecrets"]
    assert refusals.of_target(HERE) == []
    secretsmanager.list_secrets(HERE)
    assert refusals.of_target(THERE)
    secretsmanager.list_secrets(THERE)
    assert refusals.of_target(THERE) == []


def test_the_permissions_of_an_account_are_those_of_its_role(
    aws: FakeAws, there: AccountRole
) -> None:
    """IAM of that account is asked about the role, and not that of the console's credentials."""
    policy = {"Effect": "Allow", "Action": ["iam:*", "ecr:Describe*"], "Resource": "*"}
    aws.add_account(
        OTHER_ACCOUNT,
        external_id=there.external_id,
        policy={"Version": "2012-10-17", "Statement": [policy]},
    )
    permissions.forget()
    found = permissions.check_everything(target=THERE)
    assert (found.principal.account_id, found.principal.name) == (OTHER_ACCOUNT, "PtcConsole")
    assert found.obstacle is None
    allowed = {action for action, each in found.decisions.items() if not each.is_denied}
    assert "ecr:DescribePullThroughCacheRules" in allowed
    assert "ecr:CreatePullThroughCacheRule" not in allowed
    assert clients.get_caller(ACCOUNT).account_id == ACCOUNT


# --- Background work ----------------------------------------------------------------------------


@pytest.mark.promise("Z14", "Z15")
def test_the_worker_works_by_the_role_of_the_account_and_not_where_it_is_disabled(
    aws: FakeAws, db: None
) -> None:
    """Another process than the one that had the request: it knows no role yet."""
    make_rule("here")
    connect(aws, rules={REGION: {"there": "quay.io"}})
    ada = someone("ada", Role.OPERATOR)
    done = _validation_of(OTHER_ACCOUNT, ada)
    tasks.start_in_background(done)
    assumed_roles.forget()
    work()
    items = list(done.items.values_list("ecr_repository_prefix", "error_record"))
    assert ("there", None) in items
    assert {error for _prefix, error in items} == {None}
    late = _validation_of(OTHER_ACCOUNT, ada)
    Account.objects.update(is_enabled=False)
    aws.clear_calls()
    tasks.start_in_background(late)
    work()
    refused = [item.error for item in late.items.all()]
    assert [type(each) for each in refused] == [errors.AccountNotInUse]
    assert "ValidatePullThroughCacheRule" not in aws.calls()


def _validation_of(account_id: str, actor: User) -> BulkValidation:
    selections = [RuleSelection(region=REGION)]
    bulk, _ = start_bulk_validation(account_id=account_id, selections=selections, actor=actor)
    return bulk


@pytest.mark.promise("Z14")
def test_a_change_whose_role_is_refused_was_not_made(
    aws: FakeAws, there: AccountRole, db: None
) -> None:
    """It needs no clearing up: nothing reached the account."""
    aws.unreachable(operation="AssumeRole")
    aws.clear_calls()
    assumed_roles.drop(OTHER_ACCOUNT)
    assumed_roles.use(there)
    new = NewRule(ecr_repository_prefix="new", upstream_registry_url="quay.io")
    with pytest.raises(errors.AccountRoleUnavailable) as caught, permitted("event"):
        ecr.create_rule(THERE, new)
    assert not errors.is_answer_lost(caught.value)
    assert caught.value.was_not_made
    assert "CreatePullThroughCacheRule" not in aws.calls()
