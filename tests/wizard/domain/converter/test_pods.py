"""Objects of Kubernetes in JSON, as kubectl prints them: which images they name, and where."""

import json

import pytest

from tests.wizard.domain.converter.reading_as_text import NEW, check_slots, shown
from wizard.domain.converter import Kind, Refused, edited, read

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "containers": [{"image": "nginx:1", "name": "api"}, {"name": "none"}],
        "ephemeralContainers": [{"image": "busybox", "name": "debug"}],
        "initContainers": [{"image": "ghcr.io/a/b", "name": "init"}],
        "volumes": [{"image": {"reference": "quay.io/c/d:1"}, "name": "files"}],
    },
    "status": {"containerStatuses": [{"image": "x", "imageID": "docker.io/library/x@sha256:0"}]},
}


def test_the_images_of_pods_with_their_places() -> None:
    text = json.dumps({"apiVersion": "v1", "items": [POD], "kind": "List"}, indent=4)
    reading = read(text, Kind.PODS_JSON)
    assert [(each.reference, each.place) for each in reading.occurrences] == [
        ("nginx:1", "Pod shop/web, container api"),
        ("busybox", "Pod shop/web, ephemeral container debug"),
        ("ghcr.io/a/b", "Pod shop/web, init container init"),
        ("quay.io/c/d:1", "Pod shop/web, volume files"),
    ]
    lines = text.splitlines()
    for each in reading.occurrences:
        assert lines[each.line - 1][each.column - 1 :].startswith(each.reference)
    new = edited(text, [(each.slots[0], NEW[each.slots[0].role]) for each in reading.occurrences])
    for each in reading.occurrences:
        text = text.replace(f'"{each.reference}"', '"private.example/hub/app:1"')
    assert new == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"containers":[{"image":"a"}]}', ["1:26 a"]),
        ('\ufeff{"containers":[{"image":"a"}]}\r\n', ["1:26 a"]),
        ('{"spec":{"template":{"spec":{"initContainers":[{"image":"a"}]}}}}', ["1:58 a"]),
        (r'{"containers":[{"image":"ghcr.io\/a\/b"}]}', ["1:26 ghcr.io/a/b"]),
        (r'{"containers":[{"image":"\u0061"}]}', ["1:26 a"]),
        ('{"containers":[{"image":null},{"image":1},[],"x"],"status":{"containers":[]}}', []),
        ("null", []),
        ("", []),
    ],
)
def test_the_images_of_a_file(text: str, expected: list[str]) -> None:
    reading = read(text, Kind.PODS_JSON)
    assert (shown(reading), reading.problem) == (expected, None)
    check_slots(text, reading)


def test_what_was_understood_before_an_error_is_kept() -> None:
    reading = read(
        '{"kind":"Pod","spec":{"containers":[{"image":"a"},{"image":"b",', Kind.PODS_JSON
    )
    assert [each.reference for each in reading.occurrences] == ["a", "b"]
    assert reading.problem


ONE = '{"kind":"Pod","spec":{"containers":[{"image":"IMAGE","name":"} {"}]}}'


@pytest.mark.parametrize("between", ["\n", "", " ", "\r\n\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff", "\n  "])
def test_one_value_after_another_is_read_with_its_places(begin: str, between: str) -> None:
    images = [f"quay.io/a/b{number}:1" for number in range(3)]
    text = begin + between.join(ONE.replace("IMAGE", each) for each in images) + "\n"
    reading = read(text, Kind.PODS_JSON)
    assert ([each.reference for each in reading.occurrences], reading.problem) == (images, None)
    check_slots(text, reading)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("{", ["a"]),
        ("}", ["a"]),
        ("x", ["a"]),
        ('{"containers":[{"image":"b"},', ["a", "b"]),
    ],
)
def test_what_follows_a_value_and_is_none_is_told(rest: str, expected: list[str]) -> None:
    reading = read('{"containers":[{"image":"a"}]}\n' + rest, Kind.PODS_JSON)
    assert [each.reference for each in reading.occurrences] == expected
    assert reading.problem is not None


def test_many_small_values_are_read_up_to_a_limit() -> None:
    assert read("{}\n" * 100_000, Kind.PODS_JSON).problem is None
    assert read("{}" * 500, Kind.PODS_JSON).problem is None
    assert read("{}" * 5_000, Kind.PODS_JSON).problem is not None
    with pytest.raises(Refused):
        read("{}\n" * 300_000, Kind.PODS_JSON)
