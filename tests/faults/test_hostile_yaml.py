"""YAML that is made to take a parser's time, memory or stack."""

import pytest

from wizard.domain.converter import Kind, Refused, read


def _bomb() -> str:
    lines = ["a0: &a0 [image, image, image, image, image]"]
    for number in range(1, 7):
        lines.append(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]")
    return "\n".join(lines)


def _tower() -> str:
    """Aliases of aliases, each in some levels: no level of the text is deep."""
    lines = ["a0: &a0 {services: x}"]
    for number in range(1, 100):
        lines.append(f"a{number}: &a{number} {'[' * 50}*a{number - 1}{']' * 50}")
    return "\n".join(lines)


@pytest.mark.promise("I11")
@pytest.mark.parametrize(
    "text",
    [
        _bomb(),
        _tower(),
        "[" * 1_000_000,
        "{a: " * 250_000,
        "- " * 10_000,
        "[" * 400 + "]" * 400,
        "[" * 90 + "]" * 90 + "[" * 900_000,
        "".join(f"{' ' * level}a:\n" for level in range(1_400)),
        "a: &a {b: *a}",
        "[]," * 333_333,
        "[" + "{}," * 285_000 + "]",
        "---\n" * 145_000,
        '"' * 1_000_000,
    ],
    ids=lambda text: text[:6],
)
def test_hostile_files_are_refused_or_read(text: str) -> None:
    try:
        problem = read(text, Kind.KUBERNETES).problem
    except Refused as refused:
        problem = refused.problem
    assert problem is not None
