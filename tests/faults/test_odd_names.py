"""Names that AWS never gives, and answers about another thing: told on the page, no crash."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import APP, digests, image, listing, make_cache
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.conftest import TARGET
from wizard.backend import ecr, image_deletion, images, templates
from wizard.domain.changes import permitted
from wizard.domain.errors import AwsError, is_answer_lost

RULES = "DescribePullThroughCacheRules"
REPOSITORIES = "DescribeRepositories"
TEMPLATES = "DescribeRepositoryCreationTemplates"
PLACE = f"/{ACCOUNT}/{REGION}"
MEMBERS = {
    RULES: ("pullThroughCacheRules", "ecrRepositoryPrefix"),
    REPOSITORIES: ("repositories", "repositoryName"),
    TEMPLATES: ("repositoryCreationTemplates", "prefix"),
}
PAGES = {
    RULES: ("rules/", "rules/hub/details/", "repositories/", f"repositories/{APP}/images/"),
    REPOSITORIES: ("repositories/", "rules/hub/repositories/", f"repositories/{APP}/images/"),
    TEMPLATES: (
        *("templates/", "templates/hub/edit/", "templates/hub/copy/", "templates/hub/delete/"),
        "templates/hub/delete-in-regions/",
    ),
}


def odd(operation: str, name: Any) -> str:
    """An answer with one thing of that name, or with no thing at all."""
    listed, member = MEMBERS[operation]
    whole = {member: name, "upstreamRegistryUrl": "quay.io"}
    return json.dumps({listed: [None if name is None else whole]})


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    make_cache()
    boto3.client("ecr", region_name=REGION).create_repository_creation_template(
        prefix="hub", appliedFor=["PULL_THROUGH_CACHE"]
    )
    return sign_in()


@pytest.mark.promise("F15")
@pytest.mark.parametrize("operation", PAGES)
def test_a_name_that_no_address_can_have_breaks_no_page(
    aws: FakeAws, person: Person, operation: str
) -> None:
    for name in ("", "a\nb", "x" * 257, "other", "\ud800", None):
        aws.clear_faults()
        aws.garble_answer(odd(operation, name), operation=operation)
        for page in PAGES[operation]:
            person.open(f"{PLACE}/{page}")
            assert person.heading, (name, page)
            assert person.status in (200, 404, 502), (name, page)
    person.open(f"{PLACE}/{PAGES[operation][0]}")
    assert "MalformedAnswer" in person.text


@pytest.mark.promise("F15")
def test_a_control_character_in_a_name_is_replaced_a_long_one_cut_and_the_others_are_shown(
    aws: FakeAws, person: Person
) -> None:
    names = [{"prefix": name} for name in ("a\nb", "x" * 300, "team")]
    aws.garble_answer(json.dumps({MEMBERS[TEMPLATES][0]: names}), operation=TEMPLATES)
    person.open(f"{PLACE}/templates/")
    assert person.status == 200
    assert all(name in person.text for name in ("a\ufffdb", "x" * 256, "team"))
    assert "x" * 257 not in person.text


@pytest.mark.promise("F15")
def test_half_a_character_in_any_member_of_a_template_breaks_no_page(
    aws: FakeAws, person: Person
) -> None:
    odd = "\ud800\0"
    template = {
        **{"prefix": "hub", "appliedFor": [odd, 5], "description": odd, "customRoleArn": odd},
        **{"imageTagMutability": odd, "repositoryPolicy": odd, "lifecyclePolicy": odd},
        "encryptionConfiguration": {"encryptionType": odd, "kmsKey": odd},
        "imageTagMutabilityExclusionFilters": [{"filterType": odd, "filter": odd}],
        "resourceTags": [{"Key": odd, "Value": odd}],
    }
    aws.garble_answer(json.dumps({MEMBERS[TEMPLATES][0]: [template]}), operation=TEMPLATES)
    for page in ("templates/", "templates/hub/details/", *PAGES[TEMPLATES]):
        person.open(f"{PLACE}/{page}")
        assert person.status == 200, page


@pytest.mark.promise("F15")
def test_an_answer_about_another_thing_is_not_taken_for_the_one_asked_for(
    aws: FakeAws, person: Person
) -> None:
    """Nor for its absence: a deletion would count as made."""
    digest = image(100)
    for operation in MEMBERS:
        aws.garble_answer(odd(operation, "other"), operation=operation)
    details = {"imageDetails": [{"imageDigest": "sha256:other"}]}
    aws.garble_answer(json.dumps(details), operation="DescribeImages")
    for ask in (
        lambda: ecr.describe_rule(TARGET, "hub"),
        lambda: images.describe_repository(TARGET, APP),
        lambda: images.describe_image(TARGET, APP, digest),
        lambda: templates.describe_template(TARGET, "hub"),
    ):
        with pytest.raises(AwsError) as caught:
            ask()
        assert "about another" in caught.value.message
        assert is_answer_lost(caught.value)


@pytest.mark.promise("F15")
def test_a_manifest_with_half_a_character_is_shown(aws: FakeAws, person: Person) -> None:
    """Whoever makes the image writes its manifest."""
    digest = listing("all", image(100))
    entry = '{"digest": "\\ud800", "mediaType": "\\udfff", "platform": {"os": "\\ud800<b>"}}'
    answer = {
        "imageId": {"imageDigest": digest},
        "imageManifest": f'{{"manifests": [{entry}]}}',
    }
    person.open(f"{PLACE}/repositories/{APP}/images/")
    aws.garble_answer(json.dumps({"images": [answer]}), operation="BatchGetImage")
    person.press("Get platforms")
    assert person.status == 200
    assert "\ufffd<b>" in person.text


@pytest.mark.promise("F15")
def test_of_a_list_with_very_many_entries_the_first_are_shown(aws: FakeAws, person: Person) -> None:
    digest = listing("all", image(100))
    entries = [{"digest": f"sha256:{number:064}"} for number in range(149)]
    manifest = json.dumps({"manifests": [{"digest": "d" * 1_000_000}, *entries]})
    answer = {"imageId": {"imageDigest": digest}, "imageManifest": manifest}
    person.open(f"{PLACE}/repositories/{APP}/images/")
    aws.garble_answer(json.dumps({"images": [answer]}), operation="BatchGetImage")
    person.press("Get platforms")
    assert len(person.page.select("main tbody tr")) == 100
    assert "50 more entries are not shown." in person.text
    assert len(person.text) < 50_000


@pytest.mark.promise("F12")
def test_an_answer_that_names_no_tag_does_not_count_as_its_removal(
    aws: FakeAws, person: Person
) -> None:
    digest = image(100, "1")
    listing("all", digest)  # ECR refuses to delete what a list refers to.
    empty = json.dumps({"imageIds": [], "failures": []})
    aws.garble_answer(empty, operation="BatchDeleteImage")
    with pytest.raises(AwsError, match="doesn't name each image"), permitted("removal"):
        image_deletion.remove_tag(TARGET, APP, "1", digest)
    assert digest in digests()
