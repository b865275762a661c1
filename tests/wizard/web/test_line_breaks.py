"""Texts of templates break where they may, and stay escaped."""

from django.utils.safestring import SafeString

from wizard.templatetags.line_breaks import unbroken


def test_codes_are_elements_and_the_rest_is_text() -> None:
    text = "Europe (Ireland) (eu-west-1), account 1234-5678-9012"
    assert unbroken(text) == (
        'Europe (Ireland) <span class="whole">(eu-west-1)</span>,'
        ' account <span class="whole">1234-5678-9012</span>'
    )


def test_other_texts_are_escaped_and_markup_is_kept() -> None:
    assert unbroken("<b>(a-1)</b>") == "&lt;b&gt;(a-1)&lt;/b&gt;"
    assert unbroken(SafeString("<time>2026</time>")) == "<time>2026</time>"
