"""Policies that decide about each call: the caller's own, its boundary, and the organization's."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import Refusal, refusal_of

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"
OTHER = "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/PtcConsole"
SESSION = f"arn:aws:sts::{OTHER}:assumed-role/PtcConsole/visit"
SECRET = f"arn:aws:secretsmanager:us-east-2:{OTHER}:secret:ecr-pullthroughcache/"
NO_POLICY = "because no identity-based policy allows the {} action"
MakeClient = Callable[..., Any]


def _policy(*actions: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Visitor:
    """Acts in the other account by a session of its role, whose policy is `may`'s last."""

    def __init__(self, aws: FakeAws, client_of: MakeClient) -> None:
        self._aws = aws
        self._client_of = client_of
        self.may(_policy("*"))
        sts: STSClient = client_of("sts")
        keys = sts.assume_role(RoleArn=ROLE, RoleSessionName="visit")["Credentials"]
        self.keys = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }

    def may(self, policy: Mapping[str, Any]) -> None:
        """Replace the role's policy."""
        self._aws.add_account(OTHER, policy=policy)

    def client(self, service: str, region: str = "us-east-2") -> Any:
        """Return a client with the session's keys."""
        return self._client_of(service, region, **self.keys)


@pytest.fixture
def visitor(aws: FakeAws, client_of: MakeClient) -> Visitor:
    """A session of the other account's role, while IAM is checked."""
    made = Visitor(aws, client_of)
    aws.check("iam")
    return made


def _calls(visitor: Visitor) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Yield action, resource in the message, and call."""
    ecr, secrets = visitor.client("ecr"), visitor.client("secretsmanager")
    place = f"arn:aws:ecr:us-east-2:{OTHER}:repository"
    yield "ecr:DescribePullThroughCacheRules", "*", ecr.describe_pull_through_cache_rules
    yield "ecr:DescribeRepositories", f"{place}/*", ecr.describe_repositories
    yield (
        "ecr:DescribeImages",
        f"{place}/quay/app",
        lambda: ecr.describe_images(repositoryName="quay/app"),
    )
    yield "secretsmanager:ListSecrets", "*", secrets.list_secrets
    yield (
        "secretsmanager:CreateSecret",
        "ecr-pullthroughcache/a",
        lambda: secrets.create_secret(Name="ecr-pullthroughcache/a", SecretString="{}"),
    )
    yield (
        "secretsmanager:DescribeSecret",
        f"{SECRET}a-AbCdEf",
        lambda: secrets.describe_secret(SecretId=f"{SECRET}a-AbCdEf"),
    )
    iam = visitor.client("iam")
    yield "iam:ListRoles", f"arn:aws:iam::{OTHER}:role/", iam.list_roles
    yield "iam:GetRole", "role PtcConsole", lambda: iam.get_role(RoleName="PtcConsole")
    yield (
        "iam:SimulatePrincipalPolicy",
        ROLE,
        lambda: iam.simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=["ecr:PutImage"]),
    )


def test_a_call_without_a_permission_is_refused_in_the_words_of_its_service(
    aws: FakeAws, visitor: Visitor
) -> None:
    codes = {"iam": ("AccessDenied", 403)}
    for policy, reason in (
        (_policy("sts:*"), NO_POLICY),
        (_policy("*", effect="Deny"), "with an explicit deny in an identity-based policy"),
    ):
        visitor.may(policy)
        for action, resource, call in _calls(visitor):
            refusal = refusal_of(call)
            code = codes.get(action.partition(":")[0], ("AccessDeniedException", 400))
            assert (refusal.code, refusal.status) == code
            assert refusal.message == (
                f"User: {SESSION} is not authorized to perform: {action} on resource: {resource} "
                f"{reason.format(action)}"
            )
    account = refusal_of(visitor.client("account", "us-east-1").list_regions)
    assert (account.code, account.status) == ("AccessDeniedException", 403)
    ec2 = refusal_of(visitor.client("ec2").describe_regions)
    assert ec2.code == "UnauthorizedOperation"
    assert ec2.message.startswith("You are not authorized to perform this operation. User: ")
    # AWS lets everybody ask who they are.
    assert visitor.client("sts").get_caller_identity()["Arn"] == SESSION


def test_a_call_goes_through_with_its_permission_alone(aws: FakeAws, visitor: Visitor) -> None:
    visitor.may(_policy("secretsmanager:CreateSecret", Resource=f"{SECRET}*"))
    secrets = visitor.client("secretsmanager")
    arn = secrets.create_secret(Name="ecr-pullthroughcache/a", SecretString="{}")["ARN"]
    visitor.may(_policy("secretsmanager:Describe*", Resource=f"{SECRET}a-??????"))
    assert secrets.describe_secret(SecretId="ecr-pullthroughcache/a")["ARN"] == arn
    assert secrets.describe_secret(SecretId=arn)["ARN"] == arn
    assert refusal_of(secrets.put_secret_value, SecretId=arn, SecretString="{}").status == 400
    # A list is about all resources, so a policy about some of them does not allow it.
    visitor.may(_policy("secretsmanager:ListSecrets", Resource=f"{SECRET}*"))
    assert refusal_of(secrets.list_secrets).code == "AccessDeniedException"
    all_but = {"Effect": "Allow", "NotAction": "secretsmanager:Put*", "Resource": "*"}
    visitor.may({"Version": "2012-10-17", "Statement": all_but})
    secrets.list_secrets()
    assert refusal_of(secrets.put_secret_value, SecretId=arn, SecretString="{}").status == 400


@pytest.mark.parametrize(
    ("members", "action"),
    [
        ({"Tags": [{"Key": "team", "Value": "a"}]}, "secretsmanager:TagResource"),
        (
            {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
            "secretsmanager:ReplicateSecretToRegions",
        ),
    ],
)
def test_members_imply_permissions(visitor: Visitor, members: dict[str, Any], action: str) -> None:
    visitor.may(_policy("secretsmanager:CreateSecret"))
    secrets = visitor.client("secretsmanager")
    new: Any = {"Name": "ecr-pullthroughcache/a", "SecretString": "{}", **members}
    assert NO_POLICY.format(action) in refusal_of(secrets.create_secret, **new).message
    visitor.may(_policy("secretsmanager:CreateSecret", action))
    secrets.create_secret(**new)


@pytest.mark.parametrize(
    ("statement", "is_allowed"),
    [
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-2"}}}, True),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}, True),
        ({"Condition": {"StringNotLike": {"aws:RequestedRegion": "us-*"}}}, False),
        ({"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:sts::{OTHER}:*"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}, True),
        ({"Condition": {"Null": {"aws:SourceVpc": "true"}}}, True),
        ({"Condition": {"Null": {"aws:SourceVpc": False}}}, False),
        ({"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": True}}}, True),
        ({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}}}, False),
    ],
)
def test_a_condition_must_be_met(
    visitor: Visitor, statement: dict[str, Any], is_allowed: bool
) -> None:
    visitor.may(_policy("ecr:*", **statement))
    ecr = visitor.client("ecr")
    if is_allowed:
        ecr.describe_pull_through_cache_rules()
    else:
        assert refusal_of(ecr.describe_pull_through_cache_rules).code == "AccessDeniedException"


def test_conditions_about_services_are_met_by_what_ecr_does_for_a_rule(
    visitor: Visitor, aws: FakeAws, client_of: MakeClient
) -> None:
    first = {"StringEquals": {"iam:AWSServiceName": PTC_PRINCIPAL}}
    rule: Any = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
    create = _policy("ecr:CreatePullThroughCacheRule")["Statement"]
    linked = _policy("iam:CreateServiceLinkedRole", Condition=first)["Statement"]
    visitor.may({"Version": "2012-10-17", "Statement": create})
    ecr = visitor.client("ecr")
    refusal = refusal_of(ecr.create_pull_through_cache_rule, **rule)
    assert NO_POLICY.format("iam:CreateServiceLinkedRole") in refusal.message
    visitor.may({"Version": "2012-10-17", "Statement": [*create, *linked]})
    ecr.create_pull_through_cache_rule(**rule)
    reader = f"arn:aws:iam::{OTHER}:role/reader"
    aws.add_account(OTHER, role="reader")
    partner: Any = {
        "ecrRepositoryPrefix": "partner",
        "upstreamRegistryUrl": f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com",
        "customRoleArn": reader,
    }
    for service, is_allowed in (("ec2.amazonaws.com", False), ("ecr.amazonaws.com", True)):
        condition = {"StringEquals": {"iam:PassedToService": service}}
        passes = _policy("iam:PassRole", Condition=condition, Resource=reader)["Statement"]
        visitor.may({"Version": "2012-10-17", "Statement": [*create, *passes]})
        if is_allowed:
            ecr.create_pull_through_cache_rule(**partner)
        else:
            refusal = refusal_of(ecr.create_pull_through_cache_rule, **partner)
            assert NO_POLICY.format("iam:PassRole") in refusal.message


def test_a_boundary_limits_what_policies_allow(
    aws: FakeAws, visitor: Visitor, client_of: MakeClient
) -> None:
    iam = client_of("iam", **aws.keys_of(OTHER))
    document = json.dumps(_policy("ecr:Describe*"))
    arn = iam.create_policy(PolicyName="bound", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="PtcConsole", PermissionsBoundary=arn)
    visitor.client("ecr").describe_pull_through_cache_rules()
    refusal = refusal_of(visitor.client("secretsmanager").list_secrets)
    assert refusal.message.endswith(
        "because no permissions boundary allows the secretsmanager:ListSecrets action"
    )
    (result,) = iam.simulate_principal_policy(
        PolicySourceArn=ROLE, ActionNames=["secretsmanager:ListSecrets"]
    )["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_assuming_a_role_is_a_permission_unless_the_role_names_the_caller(
    aws: FakeAws, iam: "IAMClient", client_of: MakeClient
) -> None:
    iam.create_user(UserName="ada")
    ada = f"arn:aws:iam::{ACCOUNT}:user/ada"
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    sts = client_of(
        "sts",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    aws.check("iam")

    def denial(account_id: str, trusts: str) -> Refusal | None:
        arn = aws.add_account(account_id, trusts=trusts)
        try:
            sts.assume_role(RoleArn=arn, RoleSessionName="me")
        except sts.exceptions.ClientError:
            return refusal_of(sts.assume_role, RoleArn=arn, RoleSessionName="me")
        return None

    words = f"User: {ada} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    for trusts in (ACCOUNT, ada):
        refusal = denial(OTHER, trusts)
        assert refusal is not None
        assert (refusal.code, refusal.status) == ("AccessDenied", 403)
        assert refusal.message == f"{words} {NO_POLICY.format('sts:AssumeRole')}"
    assert denial(ACCOUNT, ACCOUNT) is not None
    assert denial(ACCOUNT, ada) is None
    document = json.dumps(_policy("sts:AssumeRole", Resource=ROLE))
    iam.put_user_policy(UserName="ada", PolicyName="assume", PolicyDocument=document)
    assert denial(OTHER, ACCOUNT) is None
    # The role's own refusal names no policy.
    refused = denial(OTHER, "333344445555")
    assert refused is not None
    assert refused.message == words


def test_whom_iam_does_not_know_and_administrators_may_do_everything(
    aws: FakeAws, client_of: MakeClient
) -> None:
    aws.check("iam")
    client_of("ecr").describe_pull_through_cache_rules()
    client_of("ecr", **aws.keys_of(OTHER)).describe_pull_through_cache_rules()


# --- Service control policies -------------------------------------------------------------------


def _rules(visitor: Visitor, region: str) -> Refusal | None:
    ecr = visitor.client("ecr", region)
    try:
        ecr.describe_pull_through_cache_rules()
    except ecr.exceptions.ClientError:
        return refusal_of(ecr.describe_pull_through_cache_rules)
    return None


@pytest.fixture
def member(aws: FakeAws, client_of: MakeClient) -> Visitor:
    """A session of the role of a member account; IAM is not checked."""
    aws.add_to_organization(OTHER)
    return Visitor(aws, client_of)


def test_a_region_that_the_organization_closes_refuses_everybody_of_the_account(
    aws: FakeAws, member: Visitor, client_of: MakeClient
) -> None:
    aws.close_regions(OTHER, "eu-west-3", "sa-east-1")
    refusal = _rules(member, "eu-west-3")
    assert refusal is not None
    assert (refusal.code, refusal.status) == ("AccessDeniedException", 400)
    assert refusal.message == (
        f"User: {SESSION} is not authorized to perform: ecr:DescribePullThroughCacheRules on "
        "resource: * with an explicit deny in a service control policy"
    )
    assert _rules(member, "eu-west-1") is None
    administrator = client_of("secretsmanager", "eu-west-3", **aws.keys_of(OTHER))
    assert "service control policy" in refusal_of(administrator.list_secrets).message
    client_of("ecr", "eu-west-3").describe_pull_through_cache_rules()
    assert member.client("sts", "eu-west-3").get_caller_identity()["Account"] == OTHER
    member.client("iam").list_roles()
    aws.vary_answers()
    varied = _rules(member, "eu-west-3")
    assert varied is not None
    assert "service control policy: arn:aws:organizations::" in varied.message
    aws.close_regions(OTHER)
    assert _rules(member, "eu-west-3") is None


def test_one_action_can_be_denied_in_a_region(aws: FakeAws, member: Visitor) -> None:
    aws.close_regions(OTHER, "eu-west-1", actions="ecr:ValidatePullThroughCacheRule")
    assert _rules(member, "eu-west-1") is None
    ecr = member.client("ecr", "eu-west-1")
    refusal = refusal_of(ecr.validate_pull_through_cache_rule, ecrRepositoryPrefix="quay")
    assert "with an explicit deny in a service control policy" in refusal.message


def test_policies_of_units_and_the_lack_of_an_allowing_one_bind_members_too(
    aws: FakeAws, member: Visitor, client_of: MakeClient
) -> None:
    organizations = client_of("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="teams")
    unit_id = unit["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=OTHER, SourceParentId=root, DestinationParentId=unit_id)
    assert _rules(member, "us-east-2") is None
    policy = organizations.create_policy(
        Name="secrets-only",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(_policy("secretsmanager:*")),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit_id)
    organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit_id)
    refusal = _rules(member, "us-east-2")
    assert refusal is not None
    assert refusal.message.endswith(
        "because no service control policy allows the ecr:DescribePullThroughCacheRules action"
    )
    member.client("secretsmanager").list_secrets()


def test_a_simulation_knows_the_organization_except_its_conditions(
    aws: FakeAws, member: Visitor
) -> None:
    def decision() -> tuple[str, bool]:
        (result,) = member.client("iam").simulate_principal_policy(
            PolicySourceArn=ROLE, ActionNames=["ecr:PutImage"]
        )["EvaluationResults"]
        detail = result["OrganizationsDecisionDetail"]
        return result["EvalDecision"], detail["AllowedByOrganizations"]

    aws.close_regions(OTHER, "us-east-2")
    assert decision() == ("allowed", True)
    aws.restrict(OTHER, {"Effect": "Deny", "Action": "ecr:Put*", "Resource": "*"})
    assert decision() == ("explicitDeny", False)


def test_only_a_member_is_restricted(aws: FakeAws, member: Visitor) -> None:
    for account_id in (ACCOUNT, "333344445555"):
        with pytest.raises(ValueError, match="is not a member of an organization"):
            aws.close_regions(account_id, "eu-west-1")
