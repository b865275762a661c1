"""The tags that render the options of form widgets do what Django's own templates do."""

from django.forms import CheckboxSelectMultiple, RadioSelect, Select
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from wizard.forms.fields import ChoiceLabel
from wizard.templatetags.widgets import attributes, choices, select_options

MARKUP = "<b>\"'&"
CHOICES = [("a", "A"), ("<&\"'>", MARKUP), ("html", SafeString("<i>x</i>"))]


def test_attributes_are_those_of_djangos_template() -> None:
    attrs = {
        "id": "id_x",
        "required": True,
        "disabled": False,
        "title": MARKUP,
        "data-html": SafeString("&amp;"),
        "maxlength": 1234,
    }
    ours = attributes(attrs)
    theirs = render_to_string("django/forms/widgets/attrs.html", {"widget": {"attrs": attrs}})
    assert ours == theirs


def test_options_of_a_select_are_those_of_djangos_template() -> None:
    context = Select(choices=CHOICES).get_context("x", "a", {"id": "id_x"})
    options = [each for _, group, _ in context["widget"]["optgroups"] for each in group]
    theirs = "".join(
        render_to_string("django/forms/widgets/select_option.html", {"widget": each}).strip()
        for each in options
    )
    assert select_options(options) == theirs


def test_choices_are_escaped_and_described() -> None:
    labels = [("a", ChoiceLabel(MARKUP, "<u>")), ("b", "B")]
    radio = RadioSelect(choices=labels).get_context("x", "b", {"id": "id_x"})["widget"]
    assert choices(radio["optgroups"]) == (
        '<div class="option"><input type="radio" name="x" value="a" id="id_x_0">'
        ' <label for="id_x_0">&lt;b&gt;&quot;&#x27;&amp;</label>'
        ' <span class="small">&lt;u&gt;</span></div>\n'
        '<div class="option"><input type="radio" name="x" value="b" id="id_x_1" checked>'
        ' <label for="id_x_1">B</label></div>'
    )
    boxes = CheckboxSelectMultiple(choices=[("a", "A")]).get_context("x", ["a"], {})["widget"]
    assert choices(boxes["optgroups"]) == (
        '<div class="option"><input class="checkbox" type="checkbox" name="x" value="a" checked>'
        ' <label for="">A</label></div>'
    )
