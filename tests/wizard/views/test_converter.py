"""Convert files, and who bypasses the cache: from a text or file to names in the cache."""

import csv
import io
import json
import re
from typing import Any

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.domain.converter import Kind
from wizard.views.converter import convert
from wizard.views.converter.files import name_of, packed

CONVERT = f"/{ACCOUNT}/{REGION}/convert/"
BYPASS = f"/{ACCOUNT}/{REGION}/bypass/"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
DOCKERFILE = "FROM quay.io/a/b:1 AS build\r\n\tRUN make   \r\nFROM nginx\r\nCOPY --from=build /a /b"


@pytest.fixture
def hub(quay: str) -> str:
    """A rule for Docker Hub beside that for Quay; returns its prefix."""
    value = json.dumps({"username": "demo", "accessToken": "demo-access-token"})
    secret = boto3.client("secretsmanager", region_name=REGION).create_secret(
        Name="ecr-pullthroughcache/hub", SecretString=value
    )
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=secret["ARN"],
    )
    return "hub"


def send(person: Person, url: str, text: str | bytes, **fields: str) -> Any:
    """Send a text, or bytes as a file, with the page's other fields as they are; the answer."""
    person.open(url)
    data: dict[str, Any] = {"csrfmiddlewaretoken": person.csrf_token, "content": ""}
    if url == CONVERT:
        data |= {"direction": "to-cache", "endpoint": "ipv4"}
    data |= fields
    if isinstance(text, bytes):
        data["file"] = SimpleUploadedFile(fields.get("name", "Dockerfile"), text)
        data.pop("name", None)
    else:
        data["content"] = text
    headers = {"referer": person.url, "accept": "text/html"}
    answer = person.client.post(url, data, headers=headers)
    person.arrive(answer)
    return answer


def compose(*images: str) -> str:
    services = (f"  s{number}:\n    image: {each}\n" for number, each in enumerate(images))
    return "services:\n" + "".join(services)


def rows(person: Person) -> list[list[str]]:
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in person.page.select(".reference-table tbody tr")
    ]


def field(person: Person) -> str:
    return person.find("#id_content").get_text()


def download(person: Person) -> bytes:
    """The file that the button on the page downloads."""
    values = {
        name: str(person.find(f'input[name="{name}"][value]:not(#convert-form *)')["value"])
        for name in ("file_name", "packed")
    }
    form = person.find('form[action$="/convert/file/"]')
    data = values | {"csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post(str(form["action"]), data, headers={"referer": person.url})
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Cache-Control"] == "no-store"
    return bytes(answer.getvalue())


def test_a_file_is_converted_to_the_last_byte(aws: FakeAws, person: Person, hub: str) -> None:
    answer = send(person, CONVERT, b"\xef\xbb\xbf" + DOCKERFILE.encode(), name="my Dockerfile")
    assert (person.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert rows(person) == [
        ["1:6 stage build, FROM", "quay.io/a/b:1", f"{HOST}/quay/a/b:1", "quay"],
        ["3:6 stage 1, FROM", "nginx", f"{HOST}/hub/library/nginx", "hub"],
    ]
    assert "Converted: 2" in person.text
    expected = DOCKERFILE.replace("quay.io/a", f"{HOST}/quay/a")
    expected = expected.replace("nginx", f"{HOST}/hub/library/nginx")
    assert download(person) == b"\xef\xbb\xbf" + expected.encode()
    assert "Download my_Dockerfile" in person.text
    signs = [each.get_text(strip=True)[:1] for each in person.page.select(".diff-sign")]
    assert "".join(signs) == "RARA"  # Removed, Added: what a screen reader says before the sign
    assert field(person).replace("\r\n", "\n").strip("\n\ufeff") == DOCKERFILE.replace("\r\n", "\n")


def test_there_and_back_again(aws: FakeAws, person: Person, hub: str) -> None:
    send(person, CONVERT, compose("nginx:1", "quay.io/a/b"), endpoint="dual-stack")
    there = person.find("#converted-text").get_text().strip("\n")
    assert f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws/hub/library/nginx:1" in there
    send(person, CONVERT, there, direction="to-upstream")
    back = person.find("#converted-text").get_text().strip("\n")
    assert back == compose("docker.io/library/nginx:1", "quay.io/a/b").strip()


def test_what_no_rule_maps_opens_the_wizard_filled_in(
    aws: FakeAws, person: Person, quay: str
) -> None:
    send(person, CONVERT, "FROM public.ecr.aws/a/b\nFROM ourteam.azurecr.io/a\nFROM gcr.io/a/b\n")
    assert [row[2] for row in rows(person)] == [
        "No rule for this registry",
        "No rule for this registry",
        "Pull through cache doesn't support this registry",
    ]
    assert "Not converted: 3" in person.text
    azure, public = [
        form.parent for form in person.page.select('form[action$="/drafts/"] [name="upstream"]')
    ][::-1]
    assert azure
    assert public
    assert public["target"] == "_blank"
    before = person.page
    person.press("Add rule for public.ecr.aws (opens in a new tab)")
    assert person.heading == "Specify a destination"
    assert person.value_of("Amazon ECR repository prefix") == "ecr-public"
    person._page = before
    person.press("Add rule for ourteam.azurecr.io (opens in a new tab)")
    assert person.heading == "Configure authentication"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"FROM nginx\x00", "Line 1, column 11: This isn't text."),
        (b"FROM caf\xe9\n", "Line 1, column 9: The file isn't text in UTF-8"),
        (b"\xff\xfe\x00\x00F", "The file isn't text in UTF-8"),
        (b"#" * 1_000_001, "The file is too large."),
        (b"", "Enter a text, or choose a file."),
        (b"a: " + b"[" * 5000, "nested too deeply"),
    ],
)
def test_what_is_refused_is_told_with_its_place(
    aws: FakeAws, person: Person, content: bytes, words: str
) -> None:
    kind = "helm-values" if b"[" in content else ""
    send(person, CONVERT, content, name="a.bin", kind=kind)
    assert words in person.text
    aws.clear_calls()


def test_what_was_pasted_stands_in_the_field_again(aws: FakeAws, person: Person, quay: str) -> None:
    texts = ["FROM nginx\n", "services: [", "\n\nFROM <b>&amp;</b>\n", "x" * 20, "FROM a\x07"]
    for text in texts:
        send(person, CONVERT, text)
        assert field(person).removeprefix("\n") == text, person.text
    aws.refuse(operation="DescribePullThroughCacheRules")
    send(person, CONVERT, texts[0], direction="to-upstream")
    assert person.status == 403
    assert field(person).removeprefix("\n") == texts[0]
    assert person.find('[name="direction"][value="to-upstream"]').has_attr("checked")
    send(person, BYPASS, "nginx\n")
    assert person.status == 403
    assert field(person).removeprefix("\n") == "nginx\n"


def test_a_broken_file_is_told_and_what_was_understood_is_converted(
    aws: FakeAws, person: Person, quay: str
) -> None:
    text = "services:\n  a:\n    image: quay.io/a/b\n  b: [\n"
    send(person, CONVERT, text, kind="compose")
    assert person.status == 200
    assert "Only a part was read" in person.text
    assert re.search(r"Line \d+, column \d+:", person.text)


def test_a_download_is_only_what_was_packed(aws: FakeAws, person: Person, quay: str) -> None:
    person.open(CONVERT)
    token = {"csrfmiddlewaretoken": person.csrf_token, "file_name": '../a"b\r\n.yaml'}
    url = f"{CONVERT}file/"
    for text in ("", "no base64!", "QUJD", packed(b"a")[:-8], packed(b"0" * 5_000_000)):
        answer = person.client.post(url, {**token, "packed": text})
        assert (answer.status_code, answer.headers["Location"]) == (303, CONVERT)
    answer = person.client.post(url, {**token, "packed": packed(b"a\r\n\xff")})
    assert answer.getvalue() == b"a\r\n\xff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a_b__.yaml"'
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_a_page_shows_a_part_of_a_long_file_and_converts_all(
    aws: FakeAws, person: Person, quay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "MOST_ROWS", 2)
    send(person, CONVERT, compose(*(f"quay.io/a/b{each}" for each in range(5))))
    assert len(rows(person)) == 2
    assert "3 more images are not shown." in person.text
    assert download(person).count(HOST.encode()) == 5


def pods(*images: str) -> dict[str, Any]:
    """What kubectl prints of a pod whose containers run these images."""
    containers = [{"name": f"c{number}", "image": each} for number, each in enumerate(images)]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": containers},
    }
    return {"kind": "List", "apiVersion": "v1", "items": [pod]}


def test_running_images_are_counted_by_rule_and_by_reason(
    aws: FakeAws, person: Person, hub: str
) -> None:
    elsewhere = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/a"
    send(person, BYPASS, json.dumps(pods("nginx", f"{HOST}/quay/a/b:1", elsewhere)))
    assert "1 of 3 containers go through the cache" in person.text
    counts = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in person.page.select(".count-table tbody tr")
    ]
    assert counts == [
        ["Through a rule", "quay", "1", "1"],
        ["The name has no registry, so the image comes from Docker Hub", "-", "1", "1"],
        ["This account's private registry in another Region", "-", "1", "1"],
    ]
    assert rows(person)[0][3] == f"{HOST}/hub/library/nginx"


def test_running_images_are_a_file_without_formulas(
    aws: FakeAws, person: Person, quay: str
) -> None:
    text = json.dumps(pods("quay.io/a/b", "=cmd|' /C calc'!A0", "quay.io/a/b"))
    answer = send(person, BYPASS, text, format="csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [line["image"] for line in lines][:2] == ["quay.io/a/b", "quay.io/a/b"]
    assert lines[0]["route"] == "upstream"
    assert lines[0]["cached_image"] == f"{HOST}/quay/a/b"
    assert not any(line["image"].startswith("=") for line in lines)
    answer = send(person, BYPASS, text, format="json")
    assert json.loads(answer.content)[0]["ecr_repository_prefix"] == "quay"
    assert answer.headers["Content-Disposition"].endswith('.json"')


def test_the_pages_are_reached_from_where_rules_and_images_are(
    aws: FakeAws, person: Person, quay: str
) -> None:
    person.open_rules()
    assert len(person.page.select(f'a[href="{CONVERT}"]')) == 2
    person.open(f"/{ACCOUNT}/{REGION}/rules/quay/details/")
    person.follow("Convert whole files")
    assert person.heading == "Convert files"
    person.follow("Who bypasses the cache")
    assert person.url == BYPASS


def test_names_of_files_are_plain() -> None:
    assert name_of("C:\\a\\deploy prod.yaml", Kind.COMPOSE) == "deploy_prod.yaml"
    assert name_of("", Kind.COMPOSE) == "compose.yaml"


@pytest.mark.parametrize("url", [CONVERT, BYPASS])
def test_a_text_that_is_too_long_stands_in_its_field_again(
    aws: FakeAws, person: Person, quay: str, url: str
) -> None:
    text = "# é\r\n" * 260_000
    send(person, url, text)
    assert person.status == 422
    assert "The file is too large. You can convert up to 1 MB." in person.error_at("Text")
    assert field(person).strip("\n") == text.strip("\r\n").replace("\r\n", "\n")
    # Line breaks of a browser, which count twice, make no file too large.
    send(person, url, "a\r\n" * 400_000 + "FROM quay.io/a/b")
    assert person.status == 200
    send(person, url, "x" * 2_200_000)
    assert person.status == 413
    assert person.client.post(f"{CONVERT}file/", {"packed": "x" * 1_100_000}).status_code == 413
