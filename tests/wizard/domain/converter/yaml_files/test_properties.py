"""Whatever the notation: only slots change, and the file has the same data but for its images."""

import re
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wizard.domain.converter.yaml_files.rewriting import edits_of, rewritten, through
from tests.wizard.domain.converter.yaml_files.test_compose_files import FILE as COMPOSE
from tests.wizard.domain.converter.yaml_files.test_kubernetes import FILE as MANIFESTS
from tests.wizard.domain.converter.yaml_files.test_kustomization import FILE as KUSTOMIZATION
from tests.wizard.domain.converter.yaml_files.test_workflows import GITHUB, GITLAB
from wizard.domain.converter import Kind, Refused, edited, read

VALUES = """\
global: {imageRegistry: ''}
image: {registry: , repository: a/b, tag: 1.2}
a:
  image:
    registry:
    repository: &r org/app
b: {<<: {}, image: *r, tag: v}
images: [quay.io/a/b]
d: {repository: nvcr.io/nvidia, image: driver, version: '1'}
e: {image: "a/b:{{ .x }}", initImage: {name: 'q/r', digest: ~}}
"""
FILES = [
    *((Kind.COMPOSE, COMPOSE), (Kind.KUBERNETES, MANIFESTS), (Kind.HELM_VALUES, VALUES)),
    *(
        (Kind.KUSTOMIZATION, KUSTOMIZATION),
        (Kind.GITHUB_WORKFLOW, GITHUB),
        (Kind.GITLAB_CI, GITLAB),
    ),
]
REFERENCES = st.from_regex(
    r"(?:[a-z0-9]{1,8}\.io/|localhost:5000/)?[a-z0-9]{1,5}(?:[._-][a-z0-9]{1,4})?(?:/[a-z0-9]{1,5})?"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,8})?(?:@sha256:[0-9a-f]{64})?",
    fullmatch=True,
).filter(lambda text: not re.fullmatch(r"[0-9a-f]{64}|[0-9e._-]+|[a-z]{1,5}", text))
NOTATIONS = st.sampled_from(
    [
        *("{}", "'{}'", '"{}"', "   {}   # 😀", "!!str {}", "&a{n} {}", "&a{n} !!str '{}'"),
        *(">-\n      {}", "|-\n      {}\n", "|-2\n      {}\n\n", "\n      {}", "# x\n      '{}'"),
    ]
)
SERVICES = st.lists(st.tuples(REFERENCES, NOTATIONS), min_size=1, max_size=5)
WORDS = st.sampled_from(
    [
        *("image", "services", "containers", "repository", "tag", "registry", "name", "newName"),
        *("jobs", "x", "container", "images", "kind", "apiVersion", "spec", "global", "digest"),
        *("nginx", "ghcr.io/a/b:1", "docker.io", "quay.io/x@sha256:" + "0a" * 32, "${TAG:-1}"),
        *(": ", ":", "\n", "\n  ", "\n    ", "\r\n", "- ", "{", "}", "[", "]", ", ", "'", '"'),
        *("&a ", "*a", "<<: ", "!!str ", "|\n", ">-\n", "#", " ", "\t", "---\n", "...\n", "? "),
        *("😀", "\ufeff", "\\x3a", "''", "{{", "}}", "~", "null", "1.20", "a:$TAG", "\u2028"),
    ]
)


@given(services=SERVICES, crlf=st.booleans(), marked=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_data_stay_but_for_the_images(
    *, services: list[tuple[str, str]], crlf: bool, marked: bool
) -> None:
    text = "# 😀\nservices:\n" + "".join(
        f"  s{number}:\n    image: {notation.format(reference, n=number)}\n    x: [1, 'é', ~]\n"
        for number, (reference, notation) in enumerate(services)
    )
    text = ("\ufeff" if marked else "") + (text.replace("\n", "\r\n") if crlf else text)
    data: Any = yaml.safe_load(text)
    for number, (reference, _) in enumerate(services):
        data["services"][f"s{number}"]["image"] = through(reference)
    new = rewritten(text, Kind.COMPOSE)
    assert yaml.safe_load(new) == data
    assert new.count("\r") == text.count("\r")


@given(st.sampled_from(FILES), st.lists(st.tuples(st.integers(0, 3_000), WORDS), max_size=4))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_converted_reads_as_converted(
    file: tuple[Kind, str], inserted: list[tuple[int, str]]
) -> None:
    kind, text = file
    for place, word in inserted:
        place %= len(text)
        text = text[:place] + word + text[place:]
    try:
        reading = read(text, kind)
    except Refused:
        return
    used = [each for each in reading.occurrences if each.slots and each.fixed is None]
    spans = {(slot.start, slot.end, slot.role) for each in used for slot in each.slots}
    if len({span[:2] for span in spans}) < len(spans):
        return
    try:
        new = edited(text, edits_of(used))
    except ValueError:
        # Two references share a part and want different values for it.
        return
    again = read(new, kind)
    assert (again.problem is None) == (reading.problem is None)
    assert [each.place for each in again.occurrences] == [
        each.place for each in reading.occurrences
    ]
    for old, each in zip(reading.occurrences, again.occurrences, strict=True):
        assert each.fixed == old.fixed
        if old.fixed is None:
            assert each.reference == through(old.reference)
