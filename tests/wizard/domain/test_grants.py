"""Grants as values: the union of several groups' grants, and the syntax of the setting."""

import pytest

from wizard.domain import EVERYWHERE, Place, Role, combined_grants, parse_group_grants

ACCOUNT = Place(account_id="123456789012")
REGION = Place(account_id="123456789012", region="us-east-1")


def test_the_setting_names_groups_roles_and_places() -> None:
    text = (
        "platform=administrator, team-a=operator@123456789012/us-east-1,"
        "team-a=viewer@123456789012,cn=everyone,ou=x=viewer"
    )
    assert parse_group_grants(text.replace("cn=everyone,", "cn=everyone;")) == {
        "platform": {EVERYWHERE: Role.ADMINISTRATOR},
        "team-a": {REGION: Role.OPERATOR, ACCOUNT: Role.VIEWER},
        "cn=everyone;ou=x": {EVERYWHERE: Role.VIEWER},
    }
    assert parse_group_grants("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "platform",
        "=viewer",
        "platform=owner",
        "platform=",
        "a=viewer@12345",
        "a=viewer@",
        "a=viewer@123456789012/",
        "a=viewer@/us-east-1",
        "a=administrator@123456789012",
        "a=viewer@\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662",
    ],
)
def test_what_is_not_understood_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("@")[0].replace("=", "=")):
        parse_group_grants(f"good=viewer,{text}")


def test_several_groups_add_up_and_the_highest_role_counts() -> None:
    assert combined_grants(
        [{ACCOUNT: Role.VIEWER}, {ACCOUNT: Role.OPERATOR, REGION: Role.VIEWER}]
    ) == {
        ACCOUNT: Role.OPERATOR,
        REGION: Role.VIEWER,
    }
    assert combined_grants([]) == {}
