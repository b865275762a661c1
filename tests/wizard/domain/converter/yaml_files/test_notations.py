"""Each way to write a value in YAML: only the reference changes, and the file stays valid."""

from typing import Any

import pytest
import yaml

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told, where
from wizard.domain.converter import Fixed, Kind, read

NEW = f"{HOST}/up/org/app:1"
OTHER = f"{HOST}/up/org/other"


def _services(value: str) -> str:
    return f"services:\n  a:\n    image: {value}\n    x: 1\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ghcr.io/org/app:1", NEW),
        ("'ghcr.io/org/app:1'", f"'{NEW}'"),
        ('"ghcr.io/org/app:1"', f'"{NEW}"'),
        ("  ghcr.io/org/app:1  \t # pinned", f"  {NEW}  \t # pinned"),
        ('"ghcr.io\\/org/app\\x3a1"', f'"{NEW}"'),
        ('"ghcr.io/org/\\\n      app:1"', f'"{NEW}"'),
        ("\n      ghcr.io/org/app:1", f"\n      {NEW}"),
        (">-\n      ghcr.io/org/app:1", f">-\n      {NEW}"),
        ("|\n      ghcr.io/org/app:1\n\n", f"|\n      {NEW}\n\n"),
        (">2-  # folded\n      ghcr.io/org/app:1", f">2-  # folded\n      {NEW}"),
        ("!!str ghcr.io/org/app:1", f"!!str {NEW}"),
        ("&app ghcr.io/org/app:1", f"&app {NEW}"),
        ("!!str &app # why\n      'ghcr.io/org/app:1'", f"!!str &app # why\n      '{NEW}'"),
        ('&a !<tag:yaml.org,2002:str> "ghcr.io/org/app:1"', f'&a !<tag:yaml.org,2002:str> "{NEW}"'),
        ("!override ghcr.io/org/app:1", f"!override {NEW}"),
        ("ghcr.io/org/app:${TAG:-1}", f"{HOST}/up/org/app:${{TAG:-1}}"),
        ('"ghcr.io/org\\x2fapp:${TAG-1}"', f'"{HOST}/up/org/app:${{TAG-1}}"'),
        ("'ghcr.io/org/app:${TAG-''1''}'", f"'{HOST}/up/org/app:${{TAG-''1''}}'"),
        ("|-\n      ghcr.io/org/app:$TAG", f"|-\n      {HOST}/up/org/app:$TAG"),
    ],
)
def test_a_value_stays_in_its_notation(value: str, expected: str) -> None:
    text = _services(value)
    assert rewritten(text, Kind.COMPOSE) == _services(expected)
    crlf = text.replace("\n", "\r\n")
    assert rewritten(crlf, Kind.COMPOSE) == _services(expected).replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "{services: {a: {image: ghcr.io/org/app:1}, b: {image: 'ghcr.io/org/app:1' }}}",
        '{"services":{"a":{"image":"ghcr.io/org/app:1","x":"\\ud83d\\ude00 \\ud83d"}}}',
        '{\n\t"services": {\n\t\t"a": {\n\t\t\t"image":\t"ghcr.io/org/app:1"\n\t\t}\n\t}\n}',
        "services: {\n  a: {image: ghcr.io/org/app:1, },\n}",
        "? services\n: ? a\n  : ? image\n    : ghcr.io/org/app:1\n",
        "# 😀 ü \u2028\nservices:\n  '😀': {x: '👩‍👩‍👧', image: ghcr.io/org/app:1} # 😀",
        "\ufeffservices:\n  a:\n    image: ghcr.io/org/app:1",
        "%YAML 1.2\n---\nservices:\n  a:\n    image: ghcr.io/org/app:1\n...\n",
        "services:\r  a:\r    image: ghcr.io/org/app:1\r",
        "a: x\x85services:\n  a:\n    image: ghcr.io/org/app:1\n",
        "x: &base {image: ghcr.io/org/app:1}\nservices:\n  a: *base\n  b:\n    <<: *base\n",
        "x: &image ghcr.io/org/app:1\nservices:\n  a: {image: *image}\n  b: {image: *image }\n",
        "--- # first\nservices:\n  a: {image: ghcr.io/org/app:1}\n---\nservices: {b: {image: x}}\n",
    ],
)
def test_only_the_reference_changes(text: str) -> None:
    kind = Kind.COMPOSE
    expected = text.replace("ghcr.io/org/app:1", NEW).replace("image: x}", f"image: {HOST}/up/x}}")
    assert rewritten(text, kind) == expected


def test_a_value_with_aliases_is_one_slot_and_told_for_each_place() -> None:
    text = (
        "x-image: &image ghcr.io/org/app:1\n"
        "x-base: &base\n  image: ghcr.io/org/other\n"
        "services:\n"
        "  a: {image: *image}\n"
        "  b: {<<: *base}\n"
        "  c: {<<: [{restart: always}, *base], image: *image}\n"
    )
    reading = read(text, Kind.COMPOSE)
    assert told(text, Kind.COMPOSE) == [
        ("ghcr.io/org/app:1", "services.a.image"),
        ("ghcr.io/org/app:1", "services.c.image"),
        ("ghcr.io/org/other", "services.b.image"),
    ]
    assert len({each.slots for each in reading.occurrences}) == 2
    expected = text.replace("ghcr.io/org/app:1", NEW).replace("ghcr.io/org/other", OTHER)
    assert rewritten(text, Kind.COMPOSE) == expected


def test_of_two_equal_keys_the_last_counts_and_a_note_says_so() -> None:
    text = "services:\n  a:\n    image: one:1\n    image: two:2\n"
    reading = read(text, Kind.COMPOSE)
    assert [each.reference for each in reading.occurrences] == ["two:2"]
    assert "more than once" in " ".join(reading.notes)


@pytest.mark.parametrize(
    ("value", "fixed"),
    [
        ("${REGISTRY}/app:1", Fixed.VARIABLE),
        ("${REGISTRY:-ghcr.io/org}/app", Fixed.VARIABLE),
        ("$IMAGE", Fixed.VARIABLE),
        ("app${SUFFIX}:1", Fixed.VARIABLE),
        ("localhost:${PORT}/app", Fixed.VARIABLE),
        ("${A:-${B:-x}}", Fixed.VARIABLE),
        ("${unclosed", Fixed.VARIABLE),
        ("'{{ image }}'", Fixed.TEMPLATED),
        ("'{{ registry }}/app:1'", Fixed.TEMPLATED),
        ("'{{'", Fixed.TEMPLATED),
        ("Not An Image", Fixed.INVALID),
        ("'app:'", Fixed.INVALID),
        ("a b", Fixed.INVALID),
        ('"a\\0b"', Fixed.INVALID),
        ("|\n      one\n      two", Fixed.INVALID),
    ],
)
def test_what_cannot_be_converted_says_why(value: str, fixed: Fixed) -> None:
    (found,) = read(_services(value), Kind.COMPOSE).occurrences
    assert found.fixed is fixed
    assert found.slots == ()


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        ("app:${TAG}", "app"),
        ("app:${TAG:-1.2}", "app:1.2"),
        ("app:${TAG-1.2}-alpine", "app:1.2-alpine"),
        ("app:${TAG:?must be set}", "app"),
        ("app:${TAG:-${OTHER:-1}}", "app"),
        ("app:$TAG", "app"),
        ("app@${DIGEST}", "app"),
        ("app:v${MAJOR}.${MINOR}", "app"),
        ("localhost:5000/app:${TAG:-a/b}", "localhost:5000/app"),
    ],
)
def test_a_name_is_converted_although_its_tag_is_a_variable(value: str, reference: str) -> None:
    (found,) = read(_services(value), Kind.COMPOSE).occurrences
    assert (found.reference, found.fixed) == (reference, None)


@pytest.mark.parametrize("value", ["null", "~", "", "1.2", "true", "[a]", "{name: x}"])
def test_what_is_no_text_is_no_image(value: str) -> None:
    assert read(_services(value), Kind.COMPOSE).occurrences == ()


def test_lines_and_columns_are_those_of_an_editor() -> None:
    text = "\ufeffx: {image: a}\r\ny:\r\n  image: '😀'\r\nz: {n: '😀', image: \"b\"}\r\n"
    reading = read(text, Kind.COMPOSE)
    assert where(reading) == [(1, 12), (3, 11), (4, 21)]


@pytest.mark.parametrize(
    ("broken", "place", "message"),
    [
        ("  b: [1\n", (5, 1), "valid YAML"),
        ("  b:\n\timage: x\n", (5, 1), "tabs"),
        ("  {{- if .Values.x }}\n", (4, 3), "template"),
        ("  b: *nobody\n", (4, 6), "anchor"),
        ("  b: &b [*b]\n", (4, 10), "contains the alias"),
        ("  b: !x!y z\n", (4, 6), "valid YAML"),
        ('  b: "x\n', (5, 1), "valid YAML"),
    ],
)
def test_what_stands_before_an_error_is_kept(
    broken: str, place: tuple[int, int], message: str
) -> None:
    text = f"services:\n  a:\n    image: app\n{broken}"
    reading = read(text, Kind.COMPOSE)
    assert [each.reference for each in reading.occurrences] == ["app"]
    assert reading.problem is not None
    assert message in reading.problem.message
    assert (reading.problem.line, reading.problem.column) == place


def test_documents_before_an_error_are_kept() -> None:
    text = "services: {a: {image: one}}\n---\nservices: {a: {image: two}}\n---\nx: [\n---\n"
    reading = read(text, Kind.COMPOSE)
    assert [each.reference for each in reading.occurrences] == ["one", "two"]
    assert reading.problem is not None


@pytest.mark.parametrize(
    "text",
    [
        "image: " + "x" * 900_000,
        "image: " + "${" * 400_000,
        "".join(f"image{number}: '{'{{' * 490}'\n" for number in range(900)),
        "image: '" + "''" * 400_000 + "'",
        "x: |\n" + " \n" * 400_000,
        "- x\n" * 150_000,
    ],
    ids=lambda text: text[:12],
)
def test_long_values_are_read(text: str) -> None:
    assert read(text, Kind.HELM_VALUES).problem is None


def test_more_aliases_of_an_image_than_a_page_shows_are_left_out() -> None:
    text = "x: &x {image: a}\nlist:\n" + "- *x\n" * 12_000
    reading = read(text, Kind.HELM_VALUES)
    assert len(reading.occurrences) == 10_000
    assert reading.problem is not None


def test_the_edited_file_has_the_same_data_but_for_the_images() -> None:
    text = (
        "a: &a {image: 'ghcr.io/org/app:1', x: [1, 2.50, ~, 'y']}\n"
        "b: {image: {registry: , repository: app, tag: 1.20}}\n"
        'c: {image: {registry: "", repository: app, tag: "1.20"}}\n'
        "d: {image: {registry: ~, repository: app, digest: null}}\n"
        "e:\n  image:\n    registry:   # none\n    repository: app\n    tag:\n"
        "f: {image: {registry, repository: app, tag: x}}\n"
        "g: {<<: *a, y: *a}\n"
    )
    data: Any = yaml.safe_load(text)
    for node in (data["a"], data["g"], data["g"]["y"]):
        node["image"] = NEW
    for name in "bcde":
        data[name]["image"] |= {"registry": HOST, "repository": "up/app"}
    data["f"]["image"]["repository"] = f"{HOST}/up/app"
    assert yaml.safe_load(rewritten(text, Kind.HELM_VALUES)) == data
