"""Parsing and validating names and ARNs; errors name the invalid part."""

import re
from functools import cache

import botocore.loaders
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain import (
    RoleArn,
    Secret,
    SecretArn,
    Target,
    full_secret_name,
    grouped_account_id,
    is_account_id,
    is_arn_of,
)
from wizard.domain.errors import InvalidIdentifier

TARGET = Target(account_id="123456789012", region="us-east-2")
SECRET = "arn:aws:secretsmanager:us-east-2:123456789012:secret:ecr-pullthroughcache/hub-AbC123"
ROLE = "arn:aws:iam::123456789012:role/path/ptc"


@cache
def aws_pattern() -> str:
    model = botocore.loaders.Loader().load_service_model("ecr", "service-2")
    return str(model["shapes"]["CredentialArn"]["pattern"])


def test_the_fixed_prefix_of_a_secret_name_is_added_once() -> None:
    assert full_secret_name("hub") == "ecr-pullthroughcache/hub"
    assert full_secret_name(" ecr-pullthroughcache/hub ") == "ecr-pullthroughcache/hub"


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", "length"),
        ("ecr-pullthroughcache/", "length"),
        ("a" * 492, "length"),
        ("bad name", "name"),
        ("naïve", "name"),
        ("a:b", "name"),
    ],
)
def test_a_secret_name_ecr_cannot_refer_to_is_refused(typed: str, part: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        full_secret_name(typed)
    assert caught.value.part == part


def test_the_longest_secret_name_is_512_with_its_prefix() -> None:
    assert len(full_secret_name("a" * 491)) == 512


@given(st.from_regex(r"[A-Za-z0-9/_+=.@-]{1,60}", fullmatch=True))
def test_every_name_we_accept_makes_an_arn_that_ecr_accepts(name: str) -> None:
    arn = f"arn:aws:secretsmanager:us-east-2:123456789012:secret:{full_secret_name(name)}-AbC123"
    assert re.fullmatch(aws_pattern(), arn)
    SecretArn.parse(arn).check_belongs_to(TARGET)


@pytest.mark.parametrize(
    ("end", "names"),
    [
        ("hub-AbC123", ("hub-AbC123", "hub")),
        ("hub", ("hub",)),
        ("prod-github", ("prod-github", "prod")),
        ("prod-github-AbC123", ("prod-github-AbC123", "prod-github")),
        ("hub-AbC12", ("hub-AbC12",)),
        ("hub-AbC1234", ("hub-AbC1234",)),
        ("hub-AbC_23", ("hub-AbC_23",)),
        ("-AbC123", ("-AbC123",)),
    ],
)
def test_a_secret_s_arn_leaves_open_where_the_name_ends(end: str, names: tuple[str, ...]) -> None:
    arn = SecretArn.parse(SECRET.replace("hub-AbC123", end))
    assert arn.resource_name == f"ecr-pullthroughcache/{end}"
    assert arn.possible_names == tuple(f"ecr-pullthroughcache/{name}" for name in names)


def test_a_complete_arn_is_compared_with_a_name() -> None:
    assert is_arn_of(SECRET, "ecr-pullthroughcache/hub")
    assert not is_arn_of(SECRET, "ecr-pullthroughcache/hub-AbC123")
    assert not is_arn_of(SECRET, "ecr-pullthroughcache/hu")
    # A name that the ARN does not begin with, although what follows the colon looks like a suffix.
    assert not is_arn_of(f"{SECRET.rpartition(':')[0]}:-AbC123", "ecr-pullthroughcache/hub")
    assert not is_arn_of(SECRET, "ecr-pullthroughcache/other")
    longer = SECRET.replace("hub", "prod-github")
    assert is_arn_of(longer, "ecr-pullthroughcache/prod-github")
    assert not is_arn_of(longer, "ecr-pullthroughcache/prod")


def test_a_secret_is_meant_by_its_complete_arn_and_by_its_name_in_one() -> None:
    secret = Secret(arn=SECRET, name="ecr-pullthroughcache/hub")
    assert secret.is_meant_by(SECRET)
    assert secret.is_meant_by(SECRET.removesuffix("-AbC123"))
    assert not secret.is_meant_by(None)
    assert not secret.is_meant_by(SECRET.replace("hub", "hub-other1"))
    assert not secret.is_meant_by(SECRET.replace("us-east-2", "eu-west-1"))
    assert not secret.is_meant_by(SECRET.replace("AbC123", "xYz789"))


@pytest.mark.parametrize(
    ("arn", "part"),
    [
        ("", "arn"),
        ("hub", "arn"),
        (SECRET.replace("secretsmanager", "ssm"), "service"),
        (SECRET.replace(":secret:", ":secrets:"), "service"),
        (SECRET.replace("123456789012", "12345"), "account"),
        (SECRET.replace("ecr-pullthroughcache/", "other/"), "prefix"),
        (SECRET.replace("hub", "h ub"), "name"),
        (SECRET + "\n", "name"),
    ],
)
def test_a_secret_s_arn_that_does_not_fit_names_the_part(arn: str, part: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        SecretArn.parse(arn)
    assert caught.value.part == part


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (("us-east-2", "eu-west-1"), "region"),
        (("123456789012", "111122223333"), "account"),
        (("arn:aws:", "arn:aws-cn:"), "partition"),
    ],
)
def test_a_secret_of_elsewhere_is_refused(change: tuple[str, str], part: str) -> None:
    arn = SecretArn.parse(SECRET.replace(*change))
    with pytest.raises(InvalidIdentifier) as caught:
        arn.check_belongs_to(TARGET)
    assert caught.value.part == part


def test_a_role_s_arn_gives_its_name_without_the_path() -> None:
    assert RoleArn.parse(ROLE).name == "ptc"


@pytest.mark.parametrize(
    ("arn", "part"),
    [
        (ROLE.replace(":iam::", ":iam:us-east-2:"), "region"),
        (ROLE.replace("role/", "user/"), "name"),
        (ROLE.replace(":iam:", ":sts:"), "service"),
        (ROLE + " x", "name"),
    ],
)
def test_a_role_s_arn_that_does_not_fit_names_the_part(arn: str, part: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        RoleArn.parse(arn)
    assert caught.value.part == part


def test_a_role_of_another_account_is_refused() -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        RoleArn.parse(ROLE.replace("123456789012", "111122223333")).check_belongs_to(TARGET)
    assert caught.value.part == "account"


def test_account_ids_are_twelve_ascii_digits() -> None:
    assert is_account_id("123456789012")
    assert not any(
        is_account_id(text)
        for text in ("", "12345678901", "1" * 13, "\u0661" * 12, "1" * 12 + "\n")
    )
    assert grouped_account_id("123456789012") == "1234-5678-9012"
