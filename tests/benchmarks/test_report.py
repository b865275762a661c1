"""BENCHMARKS.md is the rendering of the published figures."""

from tests.benchmarks.report import DOCUMENT, PUBLISHED, rendered


def test_the_document_is_made_of_the_published_figures() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == rendered(PUBLISHED)
