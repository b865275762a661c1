"""Rules in JSON: the console's own export, DescribePullThroughCacheRules, CloudFormation."""

from collections.abc import Mapping
from typing import Final

from wizard.domain.imports.found import MEMBERS, FoundRule, ImportProblem, Value, found_rule
from wizard.domain.imports.json_values import Node, parse
from wizard.domain.texts import gettext_noop as _

TYPE: Final = "AWS::ECR::PullThroughCacheRule"
_NOT_READ: Final = "not-read"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


# The names of the API, and those of the console's export.
_NAMES: Final[Mapping[str, str]] = {
    **{_camel(name): name for name in MEMBERS},
    **{name: name for name in MEMBERS},
    "registryId": "account_id",
    "account_id": "account_id",
    "region": "region",
}
_PROPERTIES: Final[Mapping[str, str]] = {
    _camel(name)[0].upper() + _camel(name)[1:]: name for name in MEMBERS
}


def read(text: str) -> list[FoundRule]:
    """Return the rules; raises ImportProblem."""
    node = parse(text)
    if node.members.get("Type", node).text == TYPE:
        return [_of_resource(node, "", "")]
    if "Resources" in node.members:
        return _of_template(node)
    listed = node.members.get("pullThroughCacheRules", node)
    if isinstance(listed.value, list):
        return [_of_object(each) for each in listed.items if not _is_unread(each)]
    if node.members.keys() & _NAMES.keys():
        return [_of_object(node)]
    if node.members and all(_type_of(each) == TYPE for each in node.members.values()):
        return [_of_resource(each, "", "") for each in node.members.values()]
    raise ImportProblem(
        _(
            "This JSON has no rules. Paste an export of this console, the answer of"
            " DescribePullThroughCacheRules, or a CloudFormation template."
        ),
        node.spot,
    )


def _of_template(template: Node) -> list[FoundRule]:
    """Return the rules of a template; its metadata may say account and Region."""
    own = template.members.get("Metadata", template).members.get("PTCConsole", template).members
    account_id, region = (own[name].text if name in own else "" for name in ("AccountId", "Region"))
    resources = template.members["Resources"].members
    return [
        _of_resource(each, account_id, region)
        for each in resources.values()
        if _type_of(each) == TYPE
    ]


def _type_of(resource: Node) -> str:
    return resource.members["Type"].text if "Type" in resource.members else ""


def _of_resource(resource: Node, account_id: str, region: str) -> FoundRule:
    properties = resource.members.get("Properties", resource)
    for name, node in properties.members.items():
        if properties is not resource and name not in _PROPERTIES:
            words = _("A pull through cache rule has no property %(name)s.")
            raise ImportProblem(words, node.spot, name=name)
    return found_rule(
        resource.spot, _values(properties, _PROPERTIES), account_id=account_id, region=region
    )


def _of_object(node: Node) -> FoundRule:
    if not isinstance(node.value, dict):
        raise ImportProblem(_("A rule is expected here, as an object in braces."), node.spot)
    return found_rule(node.spot, _values(node, _NAMES))


def _is_unread(node: Node) -> bool:
    """Whether it is the export's line for a Region that could not be read."""
    status = node.members.get("status")
    return status is not None and status.text == _NOT_READ


def _values(node: Node, names: Mapping[str, str]) -> dict[str, Value]:
    """Return the members that are known; an object is a function of CloudFormation."""
    values = {}
    for name, member in node.members.items():
        if name in names and not member.is_null:
            text = member.value if isinstance(member.value, str) else None
            values[names[name]] = Value(text, member.spot)
    return values
