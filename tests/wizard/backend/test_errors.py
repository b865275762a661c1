"""Exceptions of botocore are translated to the domain's errors and keep the text of AWS."""

import json
import logging
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT
from tests.wizard.conftest import TARGET
from wizard.backend import account, clients, ecr, iam, pages, secretsmanager
from wizard.backend.errors import ERROR_OF_CODE, translated
from wizard.domain import Credential, Target, errors
from wizard.domain.changes import permitted
from wizard.domain.trust import Trust

NAMED_BY_THEIR_OPERATION = {
    "CreatePullThroughCacheRule",
    "DescribePullThroughCacheRules",
    "ValidatePullThroughCacheRule",
}


@pytest.mark.parametrize("operation", sorted(NAMED_BY_THEIR_OPERATION))
def test_every_modelled_error_of_the_rule_operations_has_a_name(operation: str) -> None:
    model = botocore.session.get_session().get_service_model("ecr")
    modelled = {shape.name for shape in model.operation_model(operation).error_shapes}
    assert modelled <= set(ERROR_OF_CODE)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("refuse", errors.AccessDenied),
        ("throttle", errors.Throttled),
        ("expire_credentials", errors.CredentialsExpired),
        ("unreachable", errors.RegionUnreachable),
        ("fail", errors.ServiceFailure),
    ],
)
def test_faults_of_every_service_have_the_same_names(
    aws: FakeAws, fault: str, kind: type[errors.AwsError]
) -> None:
    getattr(aws, fault)()
    with pytest.raises(kind):
        ecr.describe_rules(TARGET)
    with pytest.raises(kind):
        secretsmanager.list_secrets(TARGET)
    with pytest.raises(kind):
        iam.list_roles(ACCOUNT)


def test_aws_s_message_code_operation_region_and_request_id_are_kept(aws: FakeAws) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    with pytest.raises(errors.AccessDenied) as caught:
        ecr.describe_rules(TARGET)
    error = caught.value
    assert "ecr:DescribePullThroughCacheRules" in error.message
    assert error.code == "AccessDeniedException"
    assert error.operation == "DescribePullThroughCacheRules"
    assert error.region == TARGET.region
    assert error.request_id


def test_an_error_nobody_named_is_not_swallowed(aws: FakeAws) -> None:
    aws.fail(operation="ListSecrets", code="BrandNewException", message="brand new")
    with pytest.raises(errors.UnexpectedAwsError) as caught:
        secretsmanager.list_secrets(TARGET)
    assert caught.value.code == "BrandNewException"
    assert caught.value.message == "brand new"


def test_a_throttled_call_is_repeated_and_then_succeeds(aws: FakeAws) -> None:
    aws.throttle(operation="DescribePullThroughCacheRules", times=2)
    assert ecr.describe_rules(TARGET) == []
    assert aws.calls()["DescribePullThroughCacheRules"] == clients.ATTEMPTS


def test_no_credentials_and_an_unknown_profile_are_missing_credentials(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    clients.forget()
    try:
        with pytest.raises(errors.CredentialsMissing):
            account.get_caller_account()
        with pytest.raises(errors.CredentialsMissing):
            ecr.describe_rules(TARGET)
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        clients.forget()
        with pytest.raises(errors.CredentialsMissing):
            account.get_caller_account()
    finally:
        clients.forget()


def test_credentials_that_cannot_be_read_are_an_error_of_aws_for_the_first_client_too(
    aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The background makes its calls without a look-up of the account before them."""
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = false\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    clients.forget()
    try:
        with pytest.raises(errors.CredentialProgramFailed) as caught:
            ecr.describe_rules(TARGET)
        assert "(false) ended with exit code 1" in caught.value.message
    finally:
        clients.forget()


def test_a_failed_parameter_check_does_not_repeat_the_parameters(aws: FakeAws) -> None:
    with pytest.raises(errors.InvalidParameter) as caught, permitted("test"):
        secretsmanager.create_secret(
            TARGET,
            name="",
            credential=Credential(username="me", access_token="canary-token"),
            client_request_token="x",
        )
    assert "canary-token" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_token_is_in_no_log_line_even_at_debug(
    aws: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with permitted("test"):
        secretsmanager.create_secret(
            TARGET,
            name="ecr-pullthroughcache/hub",
            credential=Credential(username="me", access_token="canary-token"),
            client_request_token="0" * 32,
        )
    assert "canary-token" not in caplog.text
    assert "canary-token" not in repr(Credential(username="me", access_token="canary-token"))


def test_an_error_survives_its_record() -> None:
    operation = "CreatePullThroughCacheRule"
    with (
        pytest.raises(errors.RuleLimitExceeded) as caught,
        translated(operation, region="us-east-2"),
    ):
        raise botocore.exceptions.ClientError(
            {"Error": {"Code": "LimitExceededException", "Message": "full"}}, operation
        )
    brought_back = errors.recorded_error(errors.error_record(caught.value))
    assert isinstance(brought_back, errors.RuleLimitExceeded)
    assert brought_back.message == "full"
    gone = errors.recorded_error({**errors.error_record(caught.value), "kind": "Gone"})
    assert isinstance(gone, errors.UnexpectedAwsError)


def test_one_role_is_read_with_its_trust(aws: FakeAws) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    made = boto3.client("iam").create_role(
        RoleName="puller", Path="/ecr/", AssumeRolePolicyDocument=json.dumps(trust)
    )["Role"]
    role = iam.get_role(ACCOUNT, "puller")
    assert (role.arn, role.name, role.path) == (made["Arn"], "puller", "/ecr/")
    assert role.trust is Trust.TRUSTED
    assert iam.list_roles(ACCOUNT) == [role]
    with pytest.raises(errors.RoleNotFound):
        iam.get_role(ACCOUNT, "nobody")


def test_limits_are_set_on_every_client(aws: FakeAws) -> None:
    for client in (clients.ecr(TARGET), clients.secretsmanager(TARGET), clients.iam(ACCOUNT)):
        config: Any = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (2, 5)
        assert config.retries == {"mode": "standard", "total_max_attempts": 3}


def test_clients_are_built_once(aws: FakeAws) -> None:
    elsewhere = Target(account_id=ACCOUNT, region="eu-west-1")
    assert clients.ecr(TARGET).meta is clients.ecr(TARGET).meta
    assert clients.ecr(TARGET).meta is not clients.ecr(elsewhere).meta
    assert clients.session() is clients.session()
    assert isinstance(clients.session(), boto3.Session)


def test_an_answer_that_breaks_off_is_an_error_and_no_empty_list(aws: FakeAws) -> None:
    aws.malform_answer(service="ecr")
    aws.malform_answer(service="secretsmanager")
    with pytest.raises(errors.UnexpectedAwsError):
        ecr.describe_rules(TARGET)
    with pytest.raises(errors.UnexpectedAwsError):
        secretsmanager.list_secrets(TARGET)


def test_a_list_that_never_ends_is_an_error(aws: FakeAws) -> None:
    aws.endless_pages(operation="DescribePullThroughCacheRules")
    with pytest.raises(errors.UnexpectedAwsError) as caught:
        ecr.describe_rules(TARGET)
    assert caught.value.code == "MalformedAnswer"
    assert aws.calls()["DescribePullThroughCacheRules"] == pages.MAX_PAGES + 1
