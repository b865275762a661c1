"""Texts of templates break where they may, and stay escaped."""

from django.utils.safestring import SafeString

from wizard.templatetags.line_breaks import breaking, unbroken


def test_codes_are_elements_and_the_rest_is_text() -> None:
    text = "Europe (Ireland) (eu-west-1), account 1234-5678-9012"
    assert unbroken(text) == (
        'Europe (Ireland) <span class="whole">(eu-west-1)</span>,'
        ' account <span class="whole">1234-5678-9012</span>'
    )


def test_other_texts_are_escaped_and_markup_is_kept() -> None:
    assert unbroken("<b>(a-1)</b>") == "&lt;b&gt;(a-1)&lt;/b&gt;"
    assert unbroken(SafeString("<time>2026</time>")) == "<time>2026</time>"


def test_a_code_without_parentheses_is_not_broken_either() -> None:
    assert unbroken("Operator: 1234-5678-9012, us-gov-east-1") == (
        'Operator: <span class="whole">1234-5678-9012</span>,'
        ' <span class="whole">us-gov-east-1</span>'
    )


def test_names_break_between_their_parts_and_stay_escaped() -> None:
    assert breaking("ecr:CreatePullThroughCacheRule") == (
        "ecr:<wbr>Create<wbr>Pull<wbr>Through<wbr>Cache<wbr>Rule"
    )
    assert breaking("ecr-pullthroughcache/docker-hub") == "ecr-pullthroughcache/<wbr>docker-hub"
    assert breaking("<a>'&\"/") == "&lt;a&gt;&#x27;&amp;&quot;/"
