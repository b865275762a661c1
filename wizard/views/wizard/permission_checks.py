"""The addresses of the checks of permissions that the wizard loads, one for each of its Regions."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from wizard.domain import RuleDraft, Spread, Step, Target
from wizard.domain.permissions import Journey
from wizard.web import place_url

# A page checks its first Regions: IAM limits how often it is asked.
MOST_REGIONS: Final = 6


def checks_of(draft: RuleDraft, step: Step) -> list[str]:
    """Return those of a step of the wizard: of the first one, and of the review."""
    if step not in (draft.plan.first, Step.REVIEW):
        return []
    regions = draft.further_regions if step is Step.REVIEW else ()
    further = [replace(draft.target, region=region) for region in sorted(regions)]
    role_arn = draft.new_rule().custom_role_arn or ""
    return [
        _check_url(target, *_journeys(draft, target), role_arn=role_arn)
        for target in [draft.target, *further][:MOST_REGIONS]
    ]


def _check_url(target: Target, *journeys: Journey, role_arn: str) -> str:
    query: dict[str, str | list[str]] = {"for": [journey.value for journey in journeys]}
    if role_arn:
        query["role"] = role_arn
    return f"{place_url('permission-check', target)}?{urlencode(query, doseq=True)}"


def _journeys(draft: RuleDraft, target: Target) -> Iterator[Journey]:
    yield Journey.CREATE_RULE
    if draft.template is not None:
        yield Journey.CREATE_TEMPLATE
    if draft.replaces is not None:
        yield Journey.DELETE_RULE
    replicates = bool(draft.further_regions) and draft.spread is Spread.REPLICATED
    if draft.makes_secret and (target == draft.target or not replicates):
        yield Journey.CREATE_SECRET
    if draft.makes_secret and replicates and target == draft.target:
        yield Journey.REPLICATE_SECRET
    if draft.new_rule().custom_role_arn:
        yield Journey.PASS_ROLE
