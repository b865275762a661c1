"""Which images a Jenkinsfile names in the places that are known, and what is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.domain.converter.reading_as_text import NEW, check_slots, shown
from wizard.domain.converter import Kind, edited, read
from wizard.domain.converter.jenkinsfiles import SCANNED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("agent { docker { image 'maven:3' } }", ["1:25 maven:3"]),
        ("agent {\r\n  docker 'maven:3'\r\n}", ["2:11 maven:3"]),
        ('docker.image("node:20").inside {', ["1:15 node:20"]),
        ("docker.image('a').withRun('-e X') { }", ["1:15 a"]),
        ("containerTemplate(name: 'x', image: 'a/b:1', command: 'y')", ["1:38 a/b:1"]),
        ("image = 'a'\nimage('b')\nimage \"c\"", ["1:10 a", "2:8 b", "3:8 c"]),
        ("yaml '''\nspec:\n  containers:\n  - image: a:1\n    name: x\n'''", ["4:12 a:1"]),
        ('yaml """\n    image: "a:${V}" # x\n"""', ["2:13 a"]),
        # Comments and other strings are none of it.
        ("// image 'a'\n/* docker.image('b') */\nsh 'docker build .'", []),
        ("sh \"echo image 'a'\"\nlabel 'x'\nimage ''", []),
        ("image 'two words'", []),
        ("docker.build('a')\ndockerfile 'b'\nmy.docker 'c'", []),
        # What is put together is told.
        ("image \"node:${V}-x\"", ["1:8 node"]),
        ("image \"${R}/a:1\"\nimage \"h:5/$X\"", ["1:8 ${R}/a:1 variable", "2:8 h:5/$X variable"]),
        ("docker.image('a/' + n)\ndocker.image('a' + n)", ["1:15 a/ invalid", "2:15 a variable"]),
        ("docker.image(A)\ndocker {\n image env.A\n}", ["1:14 A variable", "3:8 env.A variable"]),
        # Jenkins puts the host of the registry in front of the names in its block.
        ("docker.withRegistry('https://r.io', 'x') {\n image 'a'\n}", ["2:9 r.io/a variable"]),
        ("withRegistry(url: 'r.io') { { image 'a' } }", ["1:38 r.io/a variable"]),
        ("withRegistry('r.io') { }\nimage 'b'", ["2:8 b"]),
        ("withRegistry('') { docker.image('a') }", ["1:34 a"]),
        ("docker { image 'a'; registryUrl 'https://r.io/' }", ["1:17 r.io/a variable"]),
        ("image 'Maven'\nimage 'a\nimage 'b'", ["1:8 Maven invalid", "2:8 a", "3:8 b"]),
        ("}}} image 'a' {{{", ["1:12 a"]),
        ("", []),
    ],
)  # fmt: skip
def test_the_images_of_a_file(text: str, expected: list[str]) -> None:
    reading = read(text, Kind.JENKINSFILE)
    assert (shown(reading), reading.problem) == (expected, None)
    assert reading.notes == (SCANNED,)
    check_slots(text, reading)


def test_only_the_slots_change() -> None:
    text = "docker { image 'a' }\r\n  docker.image(\"b:$V\")\r\nyaml '''\r\n\t- image: c\r\n'''"
    found = read(text, Kind.JENKINSFILE).occurrences
    new = edited(text, ((slot, NEW[slot.role]) for each in found for slot in each.slots))
    expected = text.replace("'a'", "'NEW:1'").replace("b:", "NEW:").replace(": c", ": NEW:1")
    assert new == expected.replace("NEW", "private.example/hub/app")


PARTS = st.sampled_from(
    [
        *("image ", "docker ", "docker.image(", "withRegistry(", "registryUrl ", "'", '"', "'''"),
        *('"""', "a/b:1", "$X", "{", "}", "\n", "\nimage: ", "//", "/*", "*/", "\\", "+", ")", " "),
    ]
)


@given(st.lists(PARTS, max_size=24).map("".join))
def test_anything_can_be_read_and_edited(text: str) -> None:
    check_slots(text, read(text, Kind.JENKINSFILE))


def test_blocks_beyond_the_deepest_count_as_parts_of_it() -> None:
    text = (
        "docker.withRegistry('https://quay.io') {"
        + "{" * 3_000
        + "docker.image('a/b')"
        + "}" * 3_000
    )
    reading = read(f"{text}}} docker.image('c/d')", Kind.JENKINSFILE)
    assert [each.reference for each in reading.occurrences] == ["quay.io/a/b", "c/d"]
