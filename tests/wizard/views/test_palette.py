"""The search of the whole console: it finds what the person may see, and nothing else."""

import json
from typing import Any

import boto3
import pytest

from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role

OTHER = "eu-west-1"


def add_rule(prefix: str, region: str = REGION, url: str = "quay.io", **more: Any) -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url, **more
    )


def add_rule_with_secret(prefix: str, region: str) -> str:
    name = f"ecr-pullthroughcache/{prefix}"
    value = json.dumps({"username": "demo", "accessToken": "token"})
    secrets = boto3.client("secretsmanager", region_name=region)
    arn = secrets.create_secret(Name=name, SecretString=value)["ARN"]
    add_rule(prefix, region, url="ghcr.io", credentialArn=arn)
    return name


def found(person: Person, words: str, *, region: str = REGION) -> dict[str, list[str]]:
    """The results by the heading of their group."""
    person.open(f"/search/?q={words}&region={region}")
    assert person.status == 200
    return {
        group.find("h2").get_text(strip=True): [  # type: ignore[union-attr]
            " ".join(line.get_text(" ").split()) for line in group.find_all("li")
        ]
        for group in person.page.select(".search-group")
    }


@pytest.fixture
def searched(person: Person) -> Person:
    """A person whose console has read the rules and secrets of two Regions."""
    add_rule("mirror")
    add_rule("mirror", OTHER)
    add_rule_with_secret("team", OTHER)
    for region in (REGION, OTHER):
        person.open_rules(region)
    return person


def test_rules_are_found_by_prefix_upstream_and_region(searched: Person) -> None:
    rules = found(searched, "mirror")["Rules"]
    assert len(rules) == 2
    assert len(found(searched, "MIRROR+ireland")["Rules"]) == 1
    assert [rule.split()[0] for rule in found(searched, "ghcr")["Rules"]] == ["team"]
    searched.follow("team")
    assert searched.url == f"/{ACCOUNT}/{OTHER}/rules/team/details/"
    assert "Rules" not in found(searched, "mirror+tokyo")


def test_regions_secrets_pages_and_help_are_found(searched: Person) -> None:
    assert any("Europe (Ireland)" in each for each in found(searched, "ireland")["Regions"])
    (secret,) = found(searched, "ecr-pullthroughcache/team")["Secrets"]
    assert secret.startswith("ecr-pullthroughcache/team")
    searched.follow("ecr-pullthroughcache/team")
    assert searched.url.startswith(f"/{ACCOUNT}/{OTHER}/secrets/")
    assert found(searched, "operations")["Pages"] == [
        *("Operations", "Operations in several accounts"),
    ]
    assert found(searched, "rotations")["Pages"] == ["Token rotations"]
    assert found(searched, "rotate")["Actions"] == [
        *("Rotate a token", "Rotate a credential in several accounts"),
    ]
    assert "Upstream credentials Help" in found(searched, "credentials")["Help"]


def test_actions_begin_in_the_region_of_the_page(searched: Person) -> None:
    actions = found(searched, "add+rule", region=OTHER)["Actions"]
    assert [action.split(" Europe")[0] for action in actions] == ["Add rule"]
    searched.press("Add rule")
    assert searched.heading == "Specify a source"
    assert searched.url.startswith(f"/{ACCOUNT}/{OTHER}/drafts/")


def test_nothing_is_found_that_the_grants_do_not_allow(searched: Person) -> None:
    vera = sign_in("vera", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    results = found(vera, "mirror")
    assert len(results["Rules"]) == 1
    assert "Ohio" in results["Rules"][0]
    assert found(vera, "team") == {}
    assert "Regions" not in found(vera, "ireland", region=OTHER)
    shown = found(vera, "", region=OTHER)
    assert shown["Actions"] == ["Create API token", "Change password"]
    assert "People" not in shown["Pages"]
    assert "Audit trail" not in shown["Pages"]
    assert not any("Ireland" in entry for group in shown.values() for entry in group)


def test_a_person_without_a_grant_of_the_account_finds_their_own_and_those_over_accounts(
    searched: Person,
) -> None:
    nobody = sign_in("max", Role.OPERATOR, Place(account_id="999999999999", region=REGION))
    assert found(nobody, "mirror") == {}
    shown = found(nobody, "")
    over_accounts = ["All accounts", "Operations in several accounts", "Switch account"]
    assert sorted(shown["Pages"]) == sorted([*over_accounts, "Your account", "Help"])
    own = ["Create API token", "Change password"]
    fleet = [
        *("Validate rules in several accounts", "Create rules in several accounts"),
        *("Rotate a credential in several accounts", "Change rules in several accounts"),
    ]
    assert shown["Actions"] == [*fleet, *own]


def test_pages_without_a_region_in_the_address_are_of_the_one_shown_last(person: Person) -> None:
    assert "(Ohio)" in found(person, "secrets", region="")["Pages"][0]  # boto3's own
    person.open_rules(OTHER)
    assert "(Ireland)" in found(person, "secrets", region="")["Pages"][0]
    assert "(Ohio)" in found(person, "secrets")["Pages"][0]


def test_an_administrator_finds_people_and_the_audit_trail(searched: Person) -> None:
    admin = sign_in("root", Role.ADMINISTRATOR)
    pages = found(admin, "")["Pages"]
    assert {"People", "Audit trail"} <= set(pages)
    assert found(admin, "invite")["Actions"] == ["Add person"]


def test_the_palette_is_sent_options_without_the_frame_of_a_page(searched: Person) -> None:
    answer = searched.client.get("/search/?q=mirror", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert text.count('role="option"') == 2
    assert "<main" not in text


@pytest.mark.parametrize("text", ["%00", "'%20or%201=1", "%25", "_", "x" * 5000, "%F0%9F%90%B3"])
def test_any_text_is_a_search(searched: Person, text: str) -> None:
    searched.open(f"/search/?q={text}")
    assert searched.status == 200
    assert "mirror" not in searched.text or text == "%00"
