"""Rules in Terraform: resources with literal arguments. Other blocks are left out."""

from collections.abc import Mapping, Sequence
from typing import Final

from wizard.domain.imports.found import MEMBERS, FoundRule, ImportProblem, found_rule
from wizard.domain.imports.hcl import Block, blocks_of
from wizard.domain.texts import gettext_noop as _

RESOURCE: Final = "aws_ecr_pull_through_cache_rule"
# Arguments by which a block is several resources.
_REPEATING: Final = ("count", "for_each")
_KNOWN: Final = frozenset({*MEMBERS, "region", "provider", "depends_on", "id", "registry_id"})


def read(text: str) -> list[FoundRule]:
    """Return the rules; raises ImportProblem."""
    blocks = blocks_of(text)
    regions = _regions_of_providers(blocks)
    return [
        _rule(block, regions)
        for block in blocks
        if block.kind == "resource" and block.labels[:1] == [RESOURCE]
    ]


def _rule(block: Block, regions: Mapping[str, str]) -> FoundRule:
    for name, value in block.attributes.items():
        if name in _REPEATING:
            words = _("The argument %(name)s makes several resources. Write each of them out.")
            raise ImportProblem(words, value.spot, name=name)
        if name not in _KNOWN:
            words = _("A pull through cache rule has no argument %(name)s.")
            raise ImportProblem(words, value.spot, name=name)
    provider = block.references.get("provider", "aws").strip('"')
    return found_rule(block.spot, block.attributes, region=regions.get(provider, ""))


def _regions_of_providers(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the Regions of the providers that have a literal one: `aws` and `aws.<alias>`."""
    regions = {}
    for block in blocks:
        region = block.attributes.get("region")
        if block.kind == "provider" and block.labels == ["aws"] and region and region.text:
            alias = block.attributes.get("alias")
            regions[f"aws.{alias.text}" if alias and alias.text else "aws"] = region.text
    return regions
