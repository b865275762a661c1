"""Instructions, flags and here-documents are those that BuildKit's parser finds.

The oracle is BuildKit itself, in the package `dockerfile`, whose wheels are for x86-64 only. What
is known of it stands in the table, so that the tests say the same without it.
"""

import re
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wizard.domain.converter.dockerfile.instructions import (
    UnendedHeredoc,
    directives,
    instructions,
)


def _found(text: str) -> str:
    """Return line, keyword and flags of each instruction."""
    escape = next((each.value for each in directives(text) if each.name == "escape"), "\\")
    return _shown(
        (
            text.count("\n", 0, each.line.offsets[0]) + 1,
            each.keyword,
            [_unquoted(flag[1]) for flag in each.flags if flag[1] != "--"],
        )
        for each in instructions(text, escape)
    )


def _shown(found: Iterable[tuple[int, str, Iterable[str]]]) -> str:
    return "; ".join(" ".join([str(line), keyword, *flags]) for line, keyword, flags in found)


def _unquoted(flag: str) -> str:
    return re.sub(r"""\\(.)|\\$|["']""", r"\1", flag)


TABLE = [
    ("FROM nginx", "1 FROM"),
    ("\ufefffrom nginx\r\n\r\n  RUN x\r\n", "1 FROM; 3 RUN"),
    ("FROM a\nRUN b \\\n# FROM c\n\n  FROM d\nUSER e", "1 FROM; 2 RUN; 6 USER"),
    ("FROM a\nRUN b \\  \nUSER c\nUSER d", "1 FROM; 2 RUN; 4 USER"),
    ("FROM a\nRUN b \\\\\nUSER c", "1 FROM; 2 RUN; 3 USER"),
    ("FROM a\nRUN b \\", "1 FROM; 2 RUN"),
    ("\\\nFROM a", "1 FROM"),
    ("FR\\\nOM a\n", "1 FROM"),
    ("# escape=`\nFROM a\nRUN b `\nUSER c\nRUN d \\\nUSER e", "2 FROM; 3 RUN; 5 RUN; 6 USER"),
    ("# syntax=x\n#ESCAPE = `\nRUN b `\nUSER c", "3 RUN"),
    ("# comment\n# escape=`\nRUN b `\nUSER c", "3 RUN; 4 USER"),
    ("\n# escape=`\nRUN b `\nUSER c", "3 RUN; 4 USER"),
    ("RUN <<EOF\nFROM a\nEOF\nUSER b", "1 RUN; 4 USER"),
    ("RUN <<-EOF\nFROM a\n\tEOF\nUSER b", "1 RUN; 4 USER"),
    ("RUN <<EOF\nFROM a\n\tEOF\nEOF\r\nUSER b", "1 RUN; 5 USER"),
    ("RUN <<'E F' <<\"G\" cat\nFROM a\nE F\nFROM b\nG\nUSER b", "1 RUN; 6 USER"),
    ("COPY --from=x <<A <<B /d/\nFROM a\nA\nFROM b\nB\nUSER b", "1 COPY --from=x; 6 USER"),
    ("RUN cat <<EOF > /x && \\\n  y\nFROM a\nEOF\nUSER b", "1 RUN; 5 USER"),
    ("RUN 3<<EOF\nFROM a\nEOF\nUSER b", "1 RUN; 4 USER"),
    ("ONBUILD RUN <<EOF\nFROM a\nEOF\nUSER b", "1 ONBUILD; 4 USER"),
    ("RUN cat<<EOF\nUSER a\nEOF b", "1 RUN; 2 USER; 3 EOF"),
    ("RUN cat << EOF\nUSER a", "1 RUN; 2 USER"),
    ("RUN cat <<<EOF\nUSER a", "1 RUN; 2 USER"),
    ("RUN 'a <<EOF b'\nUSER a", "1 RUN; 2 USER"),
    ("RUN it's <<EOF\nUSER a", "1 RUN; 2 USER"),
    ('RUN ["a", "<<EOF"]\nUSER a', "1 RUN; 2 USER"),
    ("RUN [a <<EOF\nUSER a\nEOF", "1 RUN"),
    ("CMD <<EOF\nUSER a", "1 CMD; 2 USER"),
    (
        "RUN --mount=type=bind,from=x --network=none make",
        "1 RUN --mount=type=bind,from=x --network=none",
    ),
    ("COPY --from=x --chown='a b' \\\n --chmod=1 c d", "1 COPY --from=x --chown=a b --chmod=1"),
    ("RUN -- --mount=x", "1 RUN"),
    ("FROM --platform=$P a AS b", "1 FROM --platform=$P"),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_instructions_of_a_file(text: str, expected: str) -> None:
    assert _found(text) == expected


WORDS = st.sampled_from(
    [
        *("FROM", "RUN", "COPY", "ONBUILD", "ARG", "USER", "a", "b:1", "#", "# x", "\\", "\\\\"),
        *("`", "\n", "\r\n", "\n\n", " ", "\t", "<<E", "<<-E", "<<'E'", "E", "\nE\n", "<<E F"),
        *("<", '"', "'", "--from=x", "--mount=a,b", "--a='b c'", "--", "[", '["a"]', "${X:-a}"),
        *("${X}", "$X", "${", "}", "# escape=`\n", "# syntax=x\n", "<<${X}", "$(", ")"),
    ]
)


def _buildkit(text: str) -> str | None:
    oracle = pytest.importorskip("dockerfile", reason="its wheels are for x86-64")
    try:
        commands = oracle.parse_string(text)
    except oracle.GoParseError:
        return None
    found = [each for each in commands if each.cmd]
    return _shown((each.start_line, each.cmd.upper(), each.flags) for each in found)


@pytest.mark.parametrize("text", [text for text, _expected in TABLE])
def test_buildkit_finds_the_same(text: str) -> None:
    assert _found(text) == _buildkit(text)


@given(st.lists(WORDS, max_size=14).map("".join))
@example("RUN <<E")
def test_buildkit_finds_the_same_in_anything(text: str) -> None:
    expected = _buildkit(text)
    assert expected is None or _starts(_found(text)) == _starts(expected)


def _starts(shown: str) -> list[list[str]]:
    """Return lines and keywords without the flags, whose unclosed quotes the test cannot remove."""
    return [each.split()[:2] for each in shown.split("; ")]


def test_a_heredoc_without_its_end_is_told() -> None:
    with pytest.raises(UnendedHeredoc) as told:
        _found("FROM a\nRUN <<EOF\nFROM b\n")
    assert told.value.offset == len("FROM a\n")


def test_a_directive_counts_once() -> None:
    text = "# syntax=docker/dockerfile:1\n# syntax=a/b\n# escape=`\nFROM a\n"
    assert [each.value for each in directives(text)] == ["docker/dockerfile:1"]
