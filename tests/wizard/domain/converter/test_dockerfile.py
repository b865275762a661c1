"""Which images a Dockerfile names, where, and what of it changes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wizard.domain.converter.reading_as_text import NEW, check_slots, shown
from wizard.domain.converter import Kind, edited, read
from wizard.domain.converter.dockerfile.images import UNENDED_HEREDOC, WRONG_ESCAPE

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM nginx", ["1:6 nginx"]),
        ("from  ghcr.io/a/b:1 as x", ["1:7 ghcr.io/a/b:1"]),
        ("\ufeffFROM nginx\r\nFROM redis:7\r\n", ["1:6 nginx", "2:6 redis:7"]),
        (f"FROM nginx:1@{SHA}", [f"1:6 nginx:1@{SHA}"]),
        ("FROM --platform=$BUILDPLATFORM nginx AS a", ["1:32 nginx"]),
        ("FROM --platform=linux/amd64 \\\n  nginx\\\n AS a", ["2:3 nginx"]),
        ('FROM "nginx:1"', ["1:6 nginx:1"]),
        ("FROM", []),
        ("# FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c", ["5:6 c"]),
        ("FROM scratch", []),
        ("# syntax=docker/dockerfile:1 x\nFROM scratch", ["1:10 docker/dockerfile:1"]),
        # Stages are no images, in any case; a base is one only if it is before.
        ("FROM a AS Build\nFROM BUILD\nFROM b", ["1:6 a", "3:6 b"]),
        ("FROM b\nFROM a AS b\n", ["1:6 b", "2:6 a"]),
        ("FROM a AS a", ["1:6 a"]),
        ("FROM a\nCOPY --from=0 x y\nCOPY --from=b x y\nFROM c AS b", ["1:6 a", "4:6 c"]),
        ("FROM a\nCOPY --chown=x --from=ghcr.io/b/c:1 x y", ["1:6 a", "2:23 ghcr.io/b/c:1"]),
        ('FROM a\nCOPY --from="b" x y', ["1:6 a", "2:14 b"]),
        ("FROM a\nADD --from=b x y", ["1:6 a"]),
        ("FROM a\nRUN --mount=type=bind,from=b,x=y \\\n --mount=from=0 y", ["1:6 a", "2:28 b"]),
        ('FROM a\nRUN --mount="type=bind,from=b" y', ["1:6 a", "2:29 b"]),
        ("FROM a\nONBUILD COPY --from=b x y", ["1:6 a", "2:21 b"]),
        ("FROM a\nONBUILD RUN --mount=from=b x", ["1:6 a", "2:26 b"]),
        ("FROM a\nRUN echo --mount=from=b", ["1:6 a"]),
        ("FROM a\nCOPY --from=$X b c", ["1:6 a", "2:13 $X variable"]),
        # The default of a variable is the slot where all of the reference is in it.
        ("ARG A=nginx:1\nFROM $A", ["2:6 nginx:1"]),
        ('ARG B=x A="nginx:1"\nFROM ${A} AS b\nFROM $A', ["2:6 nginx:1", "3:6 nginx:1"]),
        ("ARG A=nginx:1\nARG B=$A\nFROM ${B}", ["3:6 nginx:1"]),
        ("FROM ${A:-nginx:1}", ["1:6 nginx:1"]),
        ("ARG A\nFROM ${A:-nginx}", ["2:6 nginx"]),
        ("ARG A=\nFROM ${A:-nginx}\nFROM ${A-nginx}", ["2:6 nginx", "3:6 ${A-nginx} variable"]),
        ("ARG A=1\nFROM ${A:+nginx}", ["2:6 nginx"]),
        ("ARG A=redis\nFROM ${A:-nginx}", ["2:6 redis"]),
        ("ARG A=redis\nFROM ${A?must be set}", ["2:6 redis"]),
        ("ARG A=x\nFROM ${B:-${A}}", ["2:6 x"]),
        ("FROM $A", ["1:6 $A variable"]),
        ("ARG A\nFROM $A", ["2:6 $A variable"]),
        ("FROM a\nARG B=c\nFROM $B", ["1:6 a", "3:6 $B variable"]),
        ("ARG A=nginx\nARG A\nFROM $A", ["3:6 nginx"]),
        ("ARG A=nginx\nARG A=redis\nFROM $A", ["3:6 redis"]),
        ("ARG TARGETARCH=x\nFROM $TARGETARCH", ["2:6 $TARGETARCH variable"]),
        ("FROM ${A#x}\nFROM ${A", ["1:6 ${A#x} variable", "2:6 ${A variable"]),
        ("ARG A=x\nFROM ${A/x/y}", ["2:6 ${A/x/y} variable"]),
        ("FROM '$A'", ["1:6 '$A' invalid"]),
        # A variable in the tag leaves the name as it is.
        ("ARG V=20\nFROM node:${V}-alpine", ["2:6 node:20-alpine"]),
        ("ARG V\nFROM node:$V", ["2:6 node"]),
        ("ARG V=1\nARG A=node:$V\nFROM $A", ["3:6 node:1"]),
        (f"ARG D={SHA}\nFROM node:1@$D", [f"2:6 node:1@{SHA}"]),
        ("ARG A=node\nFROM $A:1", ["2:6 node:1"]),
        # A variable in the name does not.
        ("ARG R=ghcr.io\nFROM $R/a/b:1", ["2:6 ghcr.io/a/b:1 variable"]),
        ("ARG R=\nFROM ${R}node:15", ["2:6 node:15 variable"]),
        ("FROM ${R}node:15", ["1:6 ${R}node:15 variable"]),
        ("FROM node${S}", ["1:6 node${S} variable"]),
        ("ARG A=nginx\nFROM $A\nFROM x/$A", ["2:6 nginx shared", "3:6 x/nginx variable"]),
        # Stages whose name has a variable.
        ("FROM a AS b-arm\nFROM b-$TARGETARCH\nFROM c-$X", ["1:6 a", "3:6 c-$X variable"]),
        ("ARG B=build\nFROM a AS build\nFROM $B", ["2:6 a"]),
        ("FROM a AS b\nFROM $X", ["1:6 a", "2:6 $X variable"]),
        # What is no reference.
        ("FROM Nginx", ["1:6 Nginx invalid"]),
        ("FROM {{ base }}:1\nFROM {{a}}", ["1:6 {{ base }}:1 templated", "2:6 {{a}} templated"]),
        ("FROM a\\\nb", ["1:6 ab variable"]),
        ("# escape=`\nFROM a`\nAS b", ["2:6 aAS variable"]),
        ("# escape=`\nFROM `\n  a\nRUN x\\\nFROM b", ["3:3 a", "5:6 b"]),
    ],
)  # fmt: skip
def test_the_images_of_a_file(text: str, expected: list[str]) -> None:
    reading = read(text, Kind.DOCKERFILE)
    assert (shown(reading), reading.problem) == (expected, None)
    check_slots(text, reading)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM\tnginx # x\r\n", "FROM\tNEW # x\r\n"),
        ("\ufeffFROM 'nginx'  ", "\ufeffFROM 'NEW'  "),
        ("ARG A='nginx'\nFROM ${A}\nFROM $A", "ARG A='NEW'\nFROM ${A}\nFROM $A"),
        ("FROM ${A:-nginx}", "FROM ${A:-NEW}"),
        ("ARG V=1\nFROM node:${V}", "ARG V=1\nFROM NAME:${V}"),
        ("ARG A=node\nFROM $A:1", "ARG A=NAME\nFROM $A:1"),
        ("FROM a\nRUN --mount=from=b,x=y z", "FROM NEW\nRUN --mount=from=NEW,x=y z"),
        ("#syntax = a/b:1\nFROM scratch", "#syntax = NEW\nFROM scratch"),
        ("ARG R=\nFROM ${R}node:15", "ARG R=\nFROM ${R}node:15"),
    ],
)
def test_only_the_slots_change(text: str, expected: str) -> None:
    occurrences = read(text, Kind.DOCKERFILE).occurrences
    edits = [(slot, NEW[slot.role]) for each in occurrences for slot in each.slots]
    names = expected.replace("NEW", "private.example/hub/app:1")
    assert edited(text, edits) == names.replace("NAME", "private.example/hub/app")


def test_the_place_says_the_stage() -> None:
    text = "# syntax=s\nARG A=a\nFROM $A AS Build\nFROM b\nCOPY --from=c x y\n"
    text += "ONBUILD RUN --mount=from=d x"
    assert [each.place for each in read(text, Kind.DOCKERFILE).occurrences] == [
        *("# syntax", "stage build, FROM $A", "stage 1, FROM", "stage 1, COPY --from"),
        "stage 1, ONBUILD RUN --mount",
    ]


@pytest.mark.parametrize(
    ("text", "found", "place", "message"),
    [
        ("FROM a\n  RUN <<EOF\nFROM b\n", ["1:6 a"], (2, 1), UNENDED_HEREDOC),
        ("# syntax=s\n# escape=x\nFROM a", ["1:10 s"], (2, 10), WRONG_ESCAPE),
    ],
)
def test_what_cannot_be_read(
    text: str, found: list[str], place: tuple[int, int], message: str
) -> None:
    reading = read(text, Kind.DOCKERFILE)
    assert shown(reading) == found
    assert reading.problem
    assert (reading.problem.line, reading.problem.column) == place
    assert reading.problem.message == message


PARTS = st.sampled_from(
    [
        *(
            "FROM ",
            "\nFROM ",
            "ARG A=",
            "ARG B=",
            "\nARG ",
            "$A",
            "${A}",
            "${B:-",
            "${A:+",
            "}",
            "a",
        ),
        *(
            "b:1",
            "c/d",
            ":",
            "@",
            "/",
            "\n",
            " ",
            "\\\n",
            " AS ",
            "'",
            '"',
            "\\",
            "`",
            "=",
            "{{",
            "}}",
        ),
        *(
            "\nCOPY --from=",
            "\nRUN --mount=from=",
            ",",
            "\nONBUILD ",
            "# escape=`\n",
            "0",
            "scratch",
        ),
    ]
)


@given(st.lists(PARTS, max_size=24).map("".join))
@example("ARG A=a\nFROM $A\nFROM b/$A\nFROM $A:1")
def test_anything_can_be_read_and_edited(text: str) -> None:
    check_slots(text, read(text, Kind.DOCKERFILE))
