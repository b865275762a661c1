"""The pages of repositories: of a rule, of a Region, and of one with its images."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.test_image_registry import Puller, details, index_of, upstream
from tests.fakeaws.test_images import INDEX, image, put
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import images as backend_images
from wizard.backend.clients import APP_ID
from wizard.services import cached_images
from wizard.views.repositories import of_region

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

AT = f"/{ACCOUNT}/{REGION}"
OF_QUAY = f"{AT}/rules/quay/repositories/"
OF_REGION = f"{AT}/repositories/"
MIB = 1024 * 1024


@pytest.fixture
def ecr(aws: FakeAws) -> "ECRClient":
    client: ECRClient = boto3.client("ecr", region_name=REGION)
    return client


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def rule(ecr: "ECRClient", prefix: str) -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io")


def repository(ecr: "ECRClient", name: str, *sizes: int) -> None:
    ecr.create_repository(repositoryName=name)
    for size in sizes:
        image(ecr, size, f"v{size}", repository=name)


def cells(person: Person, name: str) -> dict[str, str]:
    """The cells of a row by the label of their column."""
    for row in person.page.select("tbody tr"):
        found = {
            str(cell["data-label"]): " ".join(cell.get_text().split())
            for cell in row.select("[data-label]")
        }
        if name in next(iter(found.values()), ""):
            return found
    raise AssertionError(f"There is no row of {name}: {person.text}")


def test_the_repositories_of_a_rule_have_their_images_sizes_and_sums(
    ecr: "ECRClient", person: Person
) -> None:
    rule(ecr, "quay")
    rule(ecr, "quay/team")
    repository(ecr, "quay/app", 3 * MIB, 2 * MIB)
    repository(ecr, "quay/empty")
    repository(ecr, "quay/team/app", MIB)
    repository(ecr, "quayside", MIB)
    person.open_rules()
    person.tick(f"{REGION}/quay")
    person.press("View repositories")
    assert person.url == OF_QUAY
    found = cells(person, "quay/app")
    assert (found["Images"], found["Tags"], found["Size"]) == ("2", "2", "5.0 MB")
    assert found["Last pulled"] == "-"
    assert cells(person, "quay/empty")["Size"] == "0 bytes"
    assert "quay/team/app" not in person.text
    assert "Rules with a longer prefix cover more repositories" in person.text
    assert "quay/team (1)" in person.text
    assert "Images of 2 repositories." in person.text
    person.follow("quay/app")
    assert person.url == f"{OF_REGION}quay/app/images/"


def test_repositories_older_than_the_rule_are_told(
    aws: FakeAws, ecr: "ECRClient", person: Person
) -> None:
    repository(ecr, "pushed/app")
    aws.set_clock(ahead=60)
    rule(ecr, "ROOT")
    person.open(f"{AT}/rules/ROOT/repositories/")
    assert "Older than the rule" in cells(person, "pushed/app")["Repository"]
    assert "covers every repository that no other rule covers" in person.text
    person.open(f"{AT}/rules/ROOT/details/")
    assert "1 repository was created before the rule" in person.text


def test_a_repository_shows_each_image_with_what_it_is(ecr: "ECRClient", person: Person) -> None:
    rule(ecr, "quay")
    repository(ecr, "quay/app", 100)
    (tagged,) = [each["imageDigest"] for each in details(ecr, "quay/app")]
    image(ecr, 20, repository="quay/app")
    for number, kind in enumerate(
        ("application/spdx+json", "application/vnd.cncf.notary.signature")
    ):
        image(ecr, number, repository="quay/app", artifactType=kind, subject={"digest": tagged})
    listed = [{"digest": tagged, "platform": {"os": "linux", "architecture": "arm64"}}]
    put(ecr, "all", INDEX, repository="quay/app", manifests=listed)
    put(ecr, "lost", INDEX, repository="quay/app", manifests=[{"digest": f"sha256:{5:064}"}])
    moved: Any = {"repositoryName": "quay/app", "imageId": {"imageTag": "v100"}}
    ecr.update_image_storage_class(**moved, targetStorageClass="ARCHIVE")
    person.open(f"{OF_REGION}quay/app/images/")
    found = cells(person, "v100")
    assert (found["Type"], found["Size"], found["Referrers"]) == (
        "Image",
        "100 bytes",
        "1 signature, 1 SBOM",
    )
    assert found["Status"].startswith("Archived")
    assert found["Last pulled"] == "No pull recorded"
    assert "(UTC" in found["Pushed"]
    assert "Pull command" not in found["Tags"]
    assert cells(person, "No tag")["Size"] in ("0 bytes", "1 byte", "20 bytes")
    assert cells(person, "all")["Type"] == "Image index"
    assert cells(person, "all")["Size"] == "100 bytes"
    assert cells(person, "lost")["Size"] == "Unknown"
    assert f"docker pull {ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/quay/app:all" in person.text
    # The sums leave the list out.
    assert "121 bytes" in person.text
    shown = {"untagged": 3, "unpulled": 6, "archived": 1, "artifacts": 2, "nothing": 6}
    for value, count in shown.items():
        person.open(f"{OF_REGION}quay/app/images/?show={value}")
        assert len(person.page.select("#list-results tbody tr")) == count, value
    person.open(f"{OF_REGION}quay/app/images/?q=v100")
    assert len(person.page.select("tbody tr")) == 1


def test_a_real_pull_is_seen_with_size_tag_and_time(
    aws: FakeAws, ecr: "ECRClient", person: Person, tmp_path: Path
) -> None:
    """And its repository is as the template says that was created for the rule's prefix."""
    rule(ecr, "quay")
    person.open(f"{AT}/new-template/?prefix=quay")
    person.fill("Tag exclusions", "1.*")
    person.press("Create template")
    manifest = Puller(aws, ecr).pull("quay/org/app:1.2", tmp_path)
    (made,) = ecr.describe_repositories(repositoryNames=["quay/org/app"])["repositories"]
    assert made["imageTagMutability"] == "MUTABLE_WITH_EXCLUSION"
    person.open(f"{AT}/rules/quay/details/")
    assert "1 repository" in person.text
    assert "1.*" in person.text
    size = sum(part["size"] for part in (manifest["config"], *manifest["layers"]))
    person.open(OF_QUAY)
    found = cells(person, "quay/org/app")
    assert (found["Images"], found["Tags"], found["Size"]) == ("1", "1", f"{size} bytes")
    assert "(UTC" in found["Last pulled"]
    person.follow("quay/org/app")
    found = cells(person, "1.2")
    assert found["Size"] == f"{size} bytes"
    assert "(UTC" in found["Last pulled"]
    assert found["Status"] == "Active"
    assert "BatchGetImage" not in aws.calls_of_app(APP_ID)


def test_a_real_pull_of_several_platforms_and_a_signature_is_seen(
    aws: FakeAws, ecr: "ECRClient", person: Person, tmp_path: Path
) -> None:
    rule(ecr, "quay")
    puller = Puller(aws, ecr)
    child = puller.pull("quay/app:1", tmp_path / "child")
    secrets = boto3.client("secretsmanager", region_name=REGION)
    (tmp_path / "registry").mkdir()
    with upstream(aws, secrets, tmp_path / "registry") as gitlab:
        gitlab.push(tmp_path / "child", "app:arm")
        described, index = index_of((tmp_path / "child" / "manifest.json").read_bytes())
        gitlab.put("app", "all", index)
        subject = {key: described[key] for key in ("mediaType", "digest", "size")}
        signature = child | {
            "artifactType": "application/vnd.cncf.notary.signature",
            "subject": subject,
        }
        gitlab.put("app", "signature", signature)
        gitlab.rule(ecr, "own")
        puller.pull("own/app:all", tmp_path / "all", "--all")
        puller.pull("own/app:signature", tmp_path / "signature")
    person.open(f"{OF_REGION}own/app/images/")
    size = f"{sum(part['size'] for part in (child['config'], *child['layers']))} bytes"
    found = cells(person, "all")
    assert (found["Type"], found["Size"]) == ("Image index", size)
    assert "(UTC" in found["Last pulled"]
    found = cells(person, "No tag")
    assert (found["Type"], found["Size"], found["Referrers"]) == ("Image", size, "1 signature")
    found = cells(person, "signature")
    assert found["Type"].startswith("Artifact")
    # Only a pull tells the platforms, so a person asks for them.
    person.press("Get platforms")
    assert person.heading == "Platforms of own/app"
    assert cells(person, "linux/arm64")["Size"] == size
    person.open(f"{AT}/rules/own/repositories/")
    assert cells(person, "own/app")["Images"] == "3"


def test_platforms_that_are_not_there_and_lists_that_aws_does_not_return_are_told(
    aws: FakeAws, ecr: "ECRClient", person: Person
) -> None:
    repository(ecr, "app")
    platform = {"os": "linux", "architecture": "s390x"}
    manifests = [{"digest": f"sha256:{5:064}", "platform": platform}, {"digest": f"sha256:{6:064}"}]
    put(ecr, "all", INDEX, manifests=manifests)
    person.open(f"{OF_REGION}app/images/")
    person.press("Get platforms")
    assert cells(person, "linux/s390x")["Size"] == "Not in the repository"
    assert cells(person, "Attestation or unknown")["Last pulled"] == "-"
    aws.garble_answer('{"images": [], "failures": []}', operation="BatchGetImage")
    person.open(f"{OF_REGION}app/images/")
    person.press("Get platforms")
    assert "AWS didn't return this image index" in person.text
    aws.clear_faults()
    aws.refuse(operation="BatchGetImage")
    person.open(f"{OF_REGION}app/images/")
    person.press("Get platforms")
    assert "ecr:BatchGetImage" in person.text


def test_a_region_has_the_repositories_of_each_rule_and_of_none(
    ecr: "ECRClient", person: Person
) -> None:
    rule(ecr, "quay")
    rule(ecr, "hub")
    repository(ecr, "quay/app", 200)
    repository(ecr, "quay/other", 100)
    repository(ecr, "mine", 50)
    person.open(OF_REGION)
    found = cells(person, "quay")
    assert (found["Repositories"], found["Images"], found["Size"]) == ("2", "2", "300 bytes")
    assert cells(person, "No rule")["Size"] == "50 bytes"
    assert cells(person, "hub")["Size"] == "-"
    bars = person.page.select(".size-bars tbody tr")
    assert [bar.select_one("th").get_text() for bar in bars] == ["quay", "No rule"]  # type: ignore[union-attr]
    assert [str(part["width"]) for part in person.page.select(".size-bar-all")] == ["100", "17"]


def test_what_was_not_read_is_never_zero(aws: FakeAws, ecr: "ECRClient", person: Person) -> None:
    rule(ecr, "quay")
    repository(ecr, "quay/app", 200)
    aws.refuse(operation="DescribeImages")
    person.open(OF_QUAY)
    assert person.status == 200
    found = cells(person, "quay/app")
    assert (found["Size"], found["Last pulled"], found["Images"]) == (
        "Not read",
        "Not read",
        "No access",
    )
    assert "(UTC" in found["Created"]
    assert "ecr:DescribeImages" in person.text
    assert "Request ID:" in person.text
    person.open(OF_REGION)
    assert cells(person, "quay")["Size"] == "Not read"
    person.open(f"{OF_REGION}quay/app/images/")
    assert person.status == 403
    assert person.heading == "quay/app"
    aws.clear_faults()
    aws.refuse(operation="DescribeRepositories")
    person.open(OF_QUAY)
    assert (person.status, person.heading) == (403, "Repositories of quay")
    person.open(OF_REGION)
    assert (person.status, person.heading) == (403, "Repositories")


def test_a_repository_deleted_meanwhile_and_a_call_that_hangs_leave_the_others(
    aws: FakeAws, ecr: "ECRClient", person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(ecr, "quay")
    repository(ecr, "quay/app", 200)
    repository(ecr, "quay/gone", 100)
    aws.fail(code="RepositoryNotFoundException", operation="DescribeImages", times=1)
    person.open(OF_QUAY)
    read = {cells(person, name)["Size"] for name in ("quay/app", "quay/gone")}
    assert "Not read" in read
    assert len(read) == 2
    assert "Images of 1 of 2 repositories." in person.text
    aws.clear_faults()
    monkeypatch.setattr(cached_images, "READ_SECONDS", 0.2)
    aws.hold(operation="DescribeImages")
    person.open(OF_QUAY)
    assert person.status == 200
    assert cells(person, "quay/app")["Size"] == "Not read"
    assert "The Region doesn't respond" in person.text
    aws.release()


def test_many_repositories_are_read_a_page_at_a_time(
    aws: FakeAws, ecr: "ECRClient", person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(ecr, "quay")
    for number in range(12):
        repository(ecr, f"quay/app-{number:02}", *([100] if number == 11 else []))
    person.open(OF_QUAY)
    person.follow("Preferences")
    person.select("Page size", "10")
    person.press("Confirm")
    aws.clear_calls()
    person.open(OF_QUAY)
    assert aws.calls()["DescribeImages"] == 10
    assert "Images of 10 of 12 repositories." in person.text
    person.follow("Read up to 500 repositories")
    assert "Images of 12 repositories." in person.text
    person.open(f"{OF_QUAY}?sort=-size")
    assert person.page.select("#list-results tbody th")[0].get_text(strip=True) == "quay/app-11"
    monkeypatch.setattr(cached_images, "MOST_READ", 3)
    aws.clear_calls()
    person.open(f"{OF_QUAY}?sort=-size")
    assert aws.calls()["DescribeImages"] == 3
    assert "Images of 3 of 12 repositories." in person.text
    monkeypatch.setattr(of_region, "_AT_FIRST", 10)
    aws.clear_calls()
    person.open(OF_REGION)
    assert "DescribeImages" not in aws.calls()
    assert cells(person, "quay")["Size"] == "Not read"
    person.open(f"{OF_REGION}?all=1")
    assert cells(person, "quay")["Repositories"] == "12 3 read"
    assert cells(person, "quay")["Size"].startswith("At least")


def test_odd_names_and_lists_without_an_end_break_off_no_page(
    aws: FakeAws, ecr: "ECRClient", person: Person
) -> None:
    rule(ecr, "quay")
    names = ("a\n/../b", "<img src=x>", "n" * 5000, "a\0b", "", " ", "..", "app?x=1#y")
    told = [{"repositoryName": f"quay/{name}", "createdAt": 253402300799} for name in names]
    answer = json.dumps({"repositories": [*told, *told]})
    aws.garble_answer(answer, operation="DescribeRepositories")
    for address in (OF_QUAY, f"{OF_QUAY}?sort=-size", OF_REGION):
        person.open(address)
        assert person.status == 200
        assert person.page.select("img[src=x]") == []
    assert cells(person, "quay")["Repositories"].startswith("8")
    aws.clear_faults()
    repository(ecr, "quay/app", 100)
    for operation in ("DescribeRepositories", "DescribeImages"):
        aws.endless_pages(operation=operation)
    person.open(OF_QUAY)
    assert cells(person, "quay/app")["Size"] == "At least 100 bytes"
    assert "There might be more under this rule." in person.text
    person.open(f"{OF_REGION}quay/app/images/")
    assert "The repository has more than the 1 images" in person.text


def test_of_a_repository_that_takes_long_what_was_read_is_shown(
    ecr: "ECRClient", person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(ecr, "quay")
    repository(ecr, "quay/app", 100, 200)
    monkeypatch.setattr(backend_images, "ITEMS_PER_PAGE", 1)
    monkeypatch.setattr(cached_images, "SHOWN_SECONDS", 0.0)
    person.open(f"{OF_REGION}quay/app/images/")
    assert person.status == 200
    assert "The repository has more than the 1 images" in person.text


def test_a_repository_that_does_not_exist_is_told(ecr: "ECRClient", person: Person) -> None:
    person.open(f"{OF_REGION}nothing/here/images/")
    assert person.status == 404
    assert "The repository doesn't exist" in person.text
    person.open(f"{AT}/rules/nothing/repositories/")
    assert person.status == 404
