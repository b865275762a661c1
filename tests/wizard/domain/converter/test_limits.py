"""What the converter refuses before it reads, and encodings that come back byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.converter import Kind, Places, Refused, decoded, kind_of, limits, read

TEXT = "FROM nginx\r\n# Zürich \U0001f600\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        b"",
        b"\xff\xfe",
    ],
)
def test_a_file_comes_back_byte_for_byte(content: bytes) -> None:
    source = decoded(content)
    limits.check(source.text)
    assert source.encoded(source.text) == content


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        source = decoded(content)
    except Refused:
        return
    assert source.encoded(source.text) == content


@pytest.mark.parametrize(
    ("content", "message", "place"),
    [
        (b"a" * 1_000_001, limits.TOO_LARGE, (1, 1)),
        (b"FROM nginx\nZ\xfcrich", limits.NOT_UTF_8, (2, 2)),
        (b"\xef\xbb\xbfZ\xfcrich", limits.NOT_UTF_8, (1, 2)),
        (b"\xff\xfea\x00\x00\xd8", limits.NOT_UTF_8, (1, 2)),
        (b"\xff\xfea\x00b", limits.NOT_UTF_8, (1, 2)),
        (b"\xff\xfe\x00\x00F\x00\x00\x00", limits.NOT_UTF_8, (1, 1)),
        (b"\x1f\x8b\x08\x00", limits.NOT_UTF_8, (1, 2)),
        (b"\x89PNG\r\n", limits.NOT_UTF_8, (1, 1)),
    ],
)
def test_files_that_are_no_text(content: bytes, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(Refused) as refused:
        decoded(content)
    problem = refused.value.problem
    assert (problem.message, problem.line, problem.column) == (message, *place)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a" * 1_000_001, limits.TOO_LARGE, (1, 1)),
        ("ü" * 500_001, limits.TOO_LARGE, (1, 1)),
        ("a\r\nb\x00", limits.NO_TEXT, (2, 2)),
        ("PK\x03\x04", limits.NO_TEXT, (1, 3)),
    ],
)
def test_texts_that_are_refused(text: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(Refused) as refused:
        limits.check(text)
    problem = refused.value.problem
    assert (problem.message, problem.line, problem.column) == (message, *place)


def test_tabs_form_feeds_and_colours_of_a_terminal_are_text() -> None:
    limits.check("a\tb\f\x1b[0m\x85")


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, (1, 1)),
        ("ab", 1, (1, 2)),
        ("a\nb", 2, (2, 1)),
        ("a\r\nb", 3, (2, 1)),
        ("a\rb", 2, (2, 1)),
        ("a\n", 2, (2, 1)),
        ("\ufeffab", 2, (1, 2)),
        ("\ufeffab\ncd", 5, (2, 2)),
    ],
)
def test_lines_and_columns(text: str, offset: int, place: tuple[int, int]) -> None:
    assert Places(text)(offset) == place


# Shapes that take long where a pattern tries each place again; a reader that does never ends.
HOSTILE = {
    Kind.DOCKERFILE: (
        *("RUN <<E '", "FROM ${A:-", "FROM {{", "RUN --a='", "ARG A=$A", "FROM a\\\n"),
        *("RUN <<A\n", "ARG A=$A$A\n", "RUN \\", "FROM  ", "# syntax=a\n", "RUN <<E\nE\n"),
    ),
    Kind.JENKINSFILE: ("'", "'''", "/*", "{", "image '", "docker ", "image: ", "'\\"),
    Kind.IMAGE_LIST: ("pull ", "image: ", "a,", " #", "'", "a ", "https://"),
}


@pytest.mark.parametrize(
    ("kind", "shape"), [(kind, shape) for kind, shapes in HOSTILE.items() for shape in shapes]
)
def test_a_shape_that_comes_again_and_again_is_read(kind: Kind, shape: str) -> None:
    text = shape * (100_000 // len(shape))
    assert read(text, kind).kind is kind
    assert kind_of("", text)
