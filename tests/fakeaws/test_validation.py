"""ValidatePullThroughCacheRule: its results with the simulated registry and with a real one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.registries import (
    TokenRegistry,
    TokenServer,
    real_registry,
    real_token_registry,
)

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
PTC = "pullthroughcache.ecr.amazonaws.com"
PULLING = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_GRANT = {
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Resource": f"arn:aws:ecr:us-east-2:{OTHER_ACCOUNT}:repository/*",
}
DOCKER_HUB = "registry-1.docker.io"
LOGIN_HOSTS = [DOCKER_HUB, "ghcr.io", "myregistry.azurecr.io", "registry.gitlab.com", "cgr.dev"]

Validate = Callable[..., str]


@pytest.fixture
def failure_with(ecr: "ECRClient", secrets: "SecretsManagerClient") -> Validate:
    """Makes a rule for an upstream whose secret holds a text; answers its validation's failure."""

    def validate(text: str, url: str = DOCKER_HUB) -> str:
        arn = secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString=text)["ARN"]
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="any", upstreamRegistryUrl=url, credentialArn=arn
        )
        return _failure(ecr, "any")

    return validate


def _failure(ecr: "ECRClient", prefix: str) -> str:
    answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    assert answer["isValid"] == (answer["failure"] == "")
    return answer["failure"]


def _login(username: str, token: str) -> str:
    return json.dumps({"username": username, "accessToken": token})


GOOD_LOGIN = _login("demo", "demo-access-token")


def test_a_valid_rule_answers_all_its_members(ecr: "ECRClient", secret_arn: str) -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=secret_arn
    )
    answer: dict[str, Any] = dict(ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="gh"))
    del answer["ResponseMetadata"]
    assert answer == {
        "ecrRepositoryPrefix": "gh",
        "registryId": ACCOUNT,
        "upstreamRegistryUrl": "ghcr.io",
        "credentialArn": secret_arn,
        "isValid": True,
        "failure": "",
    }


@pytest.mark.parametrize("url", ["quay.io", "registry.k8s.io", "public.ecr.aws"])
def test_an_open_upstream_needs_no_login(ecr: "ECRClient", url: str) -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="open", upstreamRegistryUrl=url)
    assert _failure(ecr, "open") == ""


@pytest.mark.parametrize("url", LOGIN_HOSTS)
def test_a_login_that_the_upstream_knows_is_valid(failure_with: Validate, url: str) -> None:
    assert failure_with(GOOD_LOGIN, url) == ""


@pytest.mark.parametrize("url", LOGIN_HOSTS)
@pytest.mark.parametrize("login", [_login("demo", "wrong"), _login("nobody", "demo-access-token")])
def test_a_login_that_the_upstream_refuses_is_told_so(
    failure_with: Validate, url: str, login: str
) -> None:
    failure = failure_with(login, url)
    assert failure.startswith(f"The upstream registry {url} refused the login")
    assert "HTTP 401" in failure


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not JSON", "does not hold a JSON object"),
        ('["demo", "demo-access-token"]', "does not hold a JSON object"),
        ('{"accessToken": "demo-access-token"}', "lacks the key username"),
        ('{"username": "demo", "token": "demo-access-token"}', "lacks the key accessToken"),
        ('{"username": "demo", "accessToken": 7}', "lacks the key accessToken"),
        ('{"username": "", "accessToken": "x"}', "lacks the key username"),
    ],
)
def test_a_secret_that_holds_no_credential_is_told_so(
    failure_with: Validate, text: str, reason: str
) -> None:
    assert reason in failure_with(text)


def test_a_binary_secret_holds_no_credential(
    ecr: "ECRClient", secrets: "SecretsManagerClient", failure_with: Validate
) -> None:
    assert failure_with(GOOD_LOGIN) == ""
    secrets.put_secret_value(SecretId="ecr-pullthroughcache/x", SecretBinary=b"\x00")
    assert "does not hold a JSON object" in _failure(ecr, "any")


def test_a_new_value_of_the_secret_counts_without_changing_the_rule(
    ecr: "ECRClient", secrets: "SecretsManagerClient", failure_with: Validate
) -> None:
    assert failure_with(_login("demo", "wrong")) != ""
    secrets.put_secret_value(SecretId="ecr-pullthroughcache/x", SecretString=GOOD_LOGIN)
    assert _failure(ecr, "any") == ""


def test_a_secret_that_went_away_since_is_told_so(
    ecr: "ECRClient", secrets: "SecretsManagerClient", failure_with: Validate
) -> None:
    assert failure_with(GOOD_LOGIN) == ""
    secrets.delete_secret(SecretId="ecr-pullthroughcache/x")
    assert "scheduled for deletion" in _failure(ecr, "any")
    secrets.restore_secret(SecretId="ecr-pullthroughcache/x")
    secrets.delete_secret(SecretId="ecr-pullthroughcache/x", ForceDeleteWithoutRecovery=True)
    assert "was not found" in _failure(ecr, "any")


def test_a_secret_that_got_a_key_of_its_own_is_told_so(
    ecr: "ECRClient",
    secrets: "SecretsManagerClient",
    failure_with: Validate,
    customer_key: str,
) -> None:
    assert failure_with(GOOD_LOGIN) == ""
    secrets.update_secret(SecretId="ecr-pullthroughcache/x", KmsKeyId=customer_key)
    assert "cannot be decrypted" in _failure(ecr, "any")


def test_a_secret_whose_policy_shuts_ecr_out_since_is_told_so(
    ecr: "ECRClient", secrets: "SecretsManagerClient", failure_with: Validate
) -> None:
    assert failure_with(GOOD_LOGIN) == ""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    secrets.put_resource_policy(SecretId="ecr-pullthroughcache/x", ResourcePolicy=policy)
    assert "denies access" in _failure(ecr, "any")


def test_an_upstream_that_nobody_answers_for_is_unreachable(
    aws: FakeAws, failure_with: Validate
) -> None:
    with TokenRegistry("demo", "x") as registry:
        url = registry.url
    aws.map_upstream(DOCKER_HUB, url)
    assert failure_with(GOOD_LOGIN) == f"The upstream registry {DOCKER_HUB} could not be reached."


def test_an_upstream_can_only_be_pointed_at_this_machine(aws: FakeAws) -> None:
    before = aws.upstreams()
    with pytest.raises(ValueError, match="only be pointed at this machine"):
        aws.map_upstream(DOCKER_HUB, "http://registry.example.com")
    assert aws.upstreams() == before


def test_an_ecr_registry_of_the_own_account_is_valid(ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="own",
        upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
    )
    assert _failure(ecr, "own") == ""


@pytest.fixture
def make_reader(iam: "IAMClient", make_role: Callable[..., str]) -> Callable[..., str]:
    """Makes the role `reader`, which may pull; answers its ARN."""

    def make(*more: Any, service: str = PTC, **condition: Any) -> str:
        arn = make_role("reader", service, *more, **condition)
        iam.put_role_policy(RoleName="reader", PolicyName="pull", PolicyDocument=_pulling())
        return arn

    return make


def _pulling(**changed: Any) -> str:
    statement = {"Effect": "Allow", "Action": PULLING, "Resource": "*", **changed}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(autouse=True)
def partner(aws: FakeAws, client_of: Callable[..., Any]) -> "ECRClient":
    """The ECR of the other account, which grants this one pulls."""
    other: ECRClient = client_of("ecr", **aws.keys_of(OTHER_ACCOUNT))
    other.put_registry_policy(policyText=_pulling(**_GRANT))
    return other


def _rule_with_role(ecr: "ECRClient", role_arn: str) -> str:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl=f"{OTHER_ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com",
        customRoleArn=role_arn,
    )
    return _failure(ecr, "partner")


def test_a_role_that_trusts_pull_through_cache_and_may_pull_is_valid(
    ecr: "ECRClient", make_reader: Callable[..., str]
) -> None:
    assert _rule_with_role(ecr, make_reader()) == ""


@pytest.mark.parametrize("missing", PULLING)
def test_a_role_without_a_permission_is_told_which(
    ecr: "ECRClient", iam: "IAMClient", make_reader: Callable[..., str], missing: str
) -> None:
    role_arn = make_reader()
    iam.put_role_policy(
        RoleName="reader",
        PolicyName="pull",
        PolicyDocument=_pulling(Action=[each for each in PULLING if each != missing]),
    )
    assert _rule_with_role(ecr, role_arn) == (
        f"The IAM role {role_arn} is not authorized to perform: {missing} because no "
        f"identity-based policy allows the {missing} action."
    )


def test_a_role_may_have_its_permissions_in_several_policies(
    ecr: "ECRClient", iam: "IAMClient", make_role: Callable[..., str]
) -> None:
    role_arn = make_role("reader", PTC)
    policy = iam.create_policy(
        PolicyName="sign-in", PolicyDocument=_pulling(Action="ecr:GetAuth*")
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="reader", PolicyArn=policy)
    repositories = f"arn:aws:ecr:us-east-2:{OTHER_ACCOUNT}:repository/team/*"
    document = _pulling(Action=["ecr:Batch*", "ECR:getdownload*"], Resource=repositories)
    iam.put_role_policy(RoleName="reader", PolicyName="pull", PolicyDocument=document)
    assert _rule_with_role(ecr, role_arn) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Deny"},
        {"Resource": f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/*"},
        {"Condition": {"StringEquals": {"aws:ResourceTag/open": "yes"}}},
    ],
)
def test_a_role_that_may_pull_something_else_only_is_told_so(
    ecr: "ECRClient", iam: "IAMClient", make_reader: Callable[..., str], changed: dict[str, Any]
) -> None:
    role_arn = make_reader()
    iam.put_role_policy(RoleName="reader", PolicyName="pull", PolicyDocument=_pulling(**changed))
    assert "is not authorized to perform: ecr:" in _rule_with_role(ecr, role_arn)


def test_a_registry_that_grants_nothing_is_told_so(
    ecr: "ECRClient", partner: "ECRClient", make_reader: Callable[..., str]
) -> None:
    partner.delete_registry_policy()
    failure = _rule_with_role(ecr, make_reader())
    assert f"account {OTHER_ACCOUNT} does not grant account {ACCOUNT} access" in failure
    partner.create_repository(repositoryName="app")
    grant = _pulling(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"})
    partner.set_repository_policy(repositoryName="app", policyText=grant)
    assert _failure(ecr, "partner") == ""


def test_a_new_role_is_seen_later_if_roles_lag(
    aws: FakeAws, ecr: "ECRClient", iam: "IAMClient", make_reader: Callable[..., str]
) -> None:
    aws.lag("roles", reads=1)
    role_arn = make_reader()
    assert _rule_with_role(ecr, role_arn) == f"The IAM role {role_arn} was not found."
    assert _failure(ecr, "partner") == ""
    iam.delete_role_policy(RoleName="reader", PolicyName="pull")
    assert _failure(ecr, "partner") == ""
    assert "is not authorized" in _failure(ecr, "partner")


def test_a_role_that_trusts_another_service_is_told_so(
    ecr: "ECRClient", make_role: Callable[..., str]
) -> None:
    failure = _rule_with_role(ecr, make_role("reader", "ec2.amazonaws.com"))
    assert "cannot be assumed by pullthroughcache.ecr.amazonaws.com" in failure


@pytest.mark.parametrize(("source_account", "trusted"), [(ACCOUNT, True), (OTHER_ACCOUNT, False)])
def test_a_role_that_asks_for_the_source_account_is_valid_in_that_account_only(
    ecr: "ECRClient", make_reader: Callable[..., str], source_account: str, trusted: bool
) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": source_account}}
    role_arn = make_reader(Condition=condition)
    assert (_rule_with_role(ecr, role_arn) == "") == trusted


def test_a_role_that_denies_what_it_allows_is_told_so(
    ecr: "ECRClient", make_role: Callable[..., str]
) -> None:
    principal = {"Service": "pullthroughcache.ecr.amazonaws.com"}
    denial = {"Effect": "Deny", "Principal": principal, "Action": "sts:*"}
    role_arn = make_role("reader", "pullthroughcache.ecr.amazonaws.com", denial)
    assert "cannot be assumed" in _rule_with_role(ecr, role_arn)


def test_a_role_that_lost_its_trust_since_is_told_so(
    ecr: "ECRClient",
    iam: "IAMClient",
    make_reader: Callable[..., str],
    make_role: Callable[..., str],
) -> None:
    assert _rule_with_role(ecr, make_reader()) == ""
    iam.delete_role_policy(RoleName="reader", PolicyName="pull")
    iam.delete_role(RoleName="reader")
    make_role("reader", "ec2.amazonaws.com")
    assert "cannot be assumed" in _failure(ecr, "partner")


def test_a_role_that_does_not_exist_is_told_so(ecr: "ECRClient") -> None:
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/none"
    assert _rule_with_role(ecr, role_arn) == f"The IAM role {role_arn} was not found."


def test_a_real_registry_decides_by_its_own_accounts(
    aws: FakeAws,
    ecr: "ECRClient",
    secrets: "SecretsManagerClient",
    failure_with: Validate,
    tmp_path: Path,
) -> None:
    with real_registry(tmp_path, "ada", "correct horse") as url:
        aws.map_upstream(DOCKER_HUB, url)
        assert "refused the login: it answered HTTP 401" in failure_with(GOOD_LOGIN)
        secrets.put_secret_value(
            SecretId="ecr-pullthroughcache/x", SecretString=_login("ada", "correct horse")
        )
        assert _failure(ecr, "any") == ""
    assert "could not be reached" in _failure(ecr, "any")


def test_a_real_registry_with_login_is_no_open_upstream(
    aws: FakeAws, ecr: "ECRClient", tmp_path: Path
) -> None:
    with real_registry(tmp_path, "ada", "correct horse") as url:
        aws.map_upstream("quay.io", url)
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
        assert "requires authentication (HTTP 401)" in _failure(ecr, "quay")


@pytest.mark.parametrize(("token", "refused"), [("right", False), ("wrong", True)])
def test_a_registry_that_hands_out_tokens_is_asked_for_one(
    aws: FakeAws, failure_with: Validate, token: str, refused: bool
) -> None:
    with TokenRegistry("ada", "right") as registry:
        aws.map_upstream("ghcr.io", registry.url)
        assert ("refused the login" in failure_with(_login("ada", token), "ghcr.io")) == refused


def test_a_token_service_outside_the_list_is_not_asked(
    aws: FakeAws, failure_with: Validate
) -> None:
    with TokenRegistry("ada", "right", realm="http://tokens.example.com/token") as registry:
        aws.map_upstream("ghcr.io", registry.url)
        failure = failure_with(_login("ada", "right"), "ghcr.io")
    assert "http://tokens.example.com/token, which is not a known address" in failure


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    """A token server that knows Ada."""
    with TokenServer("ada", "correct horse") as server:
        yield server


def test_a_real_registry_believes_the_token_of_a_right_login(
    aws: FakeAws, failure_with: Validate, tokens: TokenServer, tmp_path: Path
) -> None:
    with real_token_registry(tmp_path, tokens) as url:
        aws.map_upstream("ghcr.io", url)
        aws.map_upstream("tokens.test", tokens.url)
        assert failure_with(_login("ada", "correct horse"), "ghcr.io") == ""
    assert tokens.asked == 1


def test_a_wrong_login_is_refused_where_a_real_registry_sends_it(
    aws: FakeAws, failure_with: Validate, tokens: TokenServer, tmp_path: Path
) -> None:
    with real_token_registry(tmp_path, tokens) as url:
        aws.map_upstream("ghcr.io", url)
        aws.map_upstream("tokens.test", tokens.url)
        failure = failure_with(_login("ada", "wrong"), "ghcr.io")
    assert "refused the login: it answered HTTP 401" in failure
    assert tokens.asked == 1


def test_where_a_real_registry_sends_clients_is_not_asked_outside_the_list(
    aws: FakeAws, failure_with: Validate, tokens: TokenServer, tmp_path: Path
) -> None:
    with real_token_registry(tmp_path, tokens) as url:
        aws.map_upstream("ghcr.io", url)
        failure = failure_with(_login("ada", "correct horse"), "ghcr.io")
    assert f"{tokens.url}/token, which is not a known address" in failure
    assert tokens.asked == 0
