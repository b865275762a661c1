"""An unfinished wizard: the answers so far, what they open, and the rule they make.

Pure: it knows no request and no store. A draft is a value; each change gives a new one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry, registry_named
from wizard.domain.rules import NewRule, Rule, new_rule_like
from wizard.drafting.plans import Step, StepPlan, plan_for

Answers = Mapping[str, str]

EXISTING = "existing"
CREATE = "create"
SPECIFIC = "specific"
NONE = "none"


class Spread(StrEnum):
    """Where the secrets of further Regions come from."""

    EACH = "each"
    REPLICATED = "replicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """One wizard in progress. `target` is fixed at birth: a draft never changes its Region.

    `sealed_credential` is ciphertext whose key is not here. `refusal` is the record of the AWS
    error that the last Create met, shown at the step it belongs to until that step is answered.
    `made_secret_arn` is a secret that this draft created although its rule does not exist yet.
    `suggested` are values to begin a step with that is not answered yet; `typed` are what was in a
    step's fields when the session ended over it. `replaces` is the rule that this one takes the
    place of, as it was when the draft began. `further_regions` are where the rule is to be made
    besides, `spread` where their secrets come from.
    """

    draft_id: str
    owner_id: int
    target: Target
    answers: Mapping[Step, Answers] = field(default_factory=dict)
    sealed_credential: str = ""
    refusal: Mapping[str, Any] | None = None
    made_secret_arn: str = ""
    suggested: Mapping[Step, Answers] = field(default_factory=dict)
    typed: Mapping[Step, Answers] = field(default_factory=dict)
    replaces: NewRule | None = None
    further_regions: tuple[str, ...] = ()
    spread: Spread = Spread.EACH

    @property
    def source(self) -> Answers:
        """Answers of the first step, whichever of its two titles it has."""
        return self.answers.get(Step.SOURCE) or self.answers.get(Step.UPSTREAM) or {}

    @property
    def registry(self) -> UpstreamRegistry | None:
        name = self.source.get("registry")
        return registry_named(name) if name else None

    @property
    def plan(self) -> StepPlan:
        return plan_for(self.registry)

    @property
    def next_open_step(self) -> Step:
        """The first step still to be answered; the review when none is."""
        return next((step for step in self.plan.steps if not self.is_answered(step)), Step.REVIEW)

    @property
    def fingerprint(self) -> str:
        """A digest of what the review shows of the answers; another one when they are others.

        The further Regions are not in it: the review's own form sends those along.
        """
        shown = (self.answers, self.replaces and asdict(self.replaces))
        text = json.dumps(shown, sort_keys=True, default=dict)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def makes_secret(self) -> bool:
        return self._answer(Step.AUTHENTICATION, "credential_source") == CREATE

    @property
    def with_any_credential(self) -> Self:
        """The draft as if its credential, which is kept for minutes only, were still there."""
        return replace(self, sealed_credential="typed") if self.makes_secret else self

    @property
    def secret_name(self) -> str:
        """Full name of the secret to be made; empty when the draft makes none."""
        return self._answer(Step.AUTHENTICATION, "secret_name")

    @property
    def upstream_registry_url(self) -> str:
        """The URL that the first step's answers stand for; empty before it is answered."""
        if self.registry is None:
            return ""
        return self.registry.registry_url(self.source, own_account_id=self.target.account_id)

    def is_answered(self, step: Step) -> bool:
        if step is Step.AUTHENTICATION and self.makes_secret and not self.sealed_credential:
            return False
        return step in self.answers

    def is_reachable(self, step: Step) -> bool:
        """Whether a person may open the step: it is in the plan and nothing before it is open."""
        plan = self.plan
        return step in plan.steps and plan.number(step) <= plan.number(self.next_open_step)

    def with_answers(self, step: Step, answers: Answers) -> Self:
        """Answer a step. A changed first step re-plans and drops what depended on the old one."""
        if step in (Step.SOURCE, Step.UPSTREAM):
            return replace(self._with_source(answers), typed={})
        typed = {other: values for other, values in self.typed.items() if other is not step}
        answered = {**self.answers, step: answers}
        return replace(self, answers=answered, typed=typed, refusal=None)

    def with_secret(self, arn: str) -> Self:
        """The draft with an existing secret chosen."""
        answers = {"credential_source": EXISTING, "credential_arn": arn}
        return replace(self, answers={**self.answers, Step.AUTHENTICATION: answers})

    def with_new_secret(self, name: str) -> Self:
        """The draft with a secret of that full name to be created."""
        answers = {"credential_source": CREATE, "secret_name": name}
        return replace(self, answers={**self.answers, Step.AUTHENTICATION: answers})

    def with_made_secret(self, arn: str) -> Self:
        """The secret exists now: from here on the draft uses it like any existing one."""
        answers = {"credential_source": EXISTING, "credential_arn": arn}
        return replace(
            self,
            answers={**self.answers, Step.AUTHENTICATION: answers},
            sealed_credential="",
            made_secret_arn=arn,
        )

    @property
    def uses_made_secret(self) -> bool:
        """Whether the secret that the draft made is the one that its rule is to use."""
        chosen = self._answer(Step.AUTHENTICATION, "credential_arn")
        return bool(self.made_secret_arn) and chosen == self.made_secret_arn

    def without_made_secret(self, *, secret_name: str) -> Self:
        """The secret is on its way out: the step asks anew, and for another name."""
        answers = {"credential_source": CREATE, "secret_name": secret_name}
        return replace(
            self,
            answers={**self.answers, Step.AUTHENTICATION: answers},
            made_secret_arn="",
            refusal=None,
        )

    @classmethod
    def of_rule(cls, rule: Rule, *, draft_id: str, owner_id: int, target: Target) -> Self:
        """A draft with the answers that make this rule, its prefixes as suggestions.

        Raises KeyError when the rule's URL is of no registry in the catalogue.
        """
        registry = rule.registry
        if registry is None:
            raise KeyError(rule.upstream_registry_url)
        inputs = registry.parse_url(rule.upstream_registry_url) or {}
        asked = {name: value for name, value in inputs.items() if name in registry.inputs}
        draft = cls(draft_id=draft_id, owner_id=owner_id, target=target)
        draft = draft.with_answers(plan_for(registry).first, {"registry": registry.name, **asked})
        if rule.credential_arn:
            answers = {"credential_source": EXISTING, "credential_arn": rule.credential_arn}
            draft = draft.with_answers(Step.AUTHENTICATION, answers)
        if rule.custom_role_arn and Step.PERMISSIONS in draft.plan.steps:
            answers = {"custom_role_arn": rule.custom_role_arn}
            draft = draft.with_answers(Step.PERMISSIONS, answers)
        return replace(draft, suggested=_prefixes_of(rule))

    def cloning(self) -> Self:
        """The draft of a similar rule: its suggested prefixes become answers."""
        answers = {step: kept for step, kept in self.suggested.items() if step in self.plan.steps}
        return replace(self, answers={**self.answers, **answers})

    def replacing(self, rule: Rule) -> Self:
        """The draft of a rule that takes that rule's place; its prefixes are to be confirmed."""
        return replace(self, replaces=new_rule_like(rule))

    def makes(self, rule: Rule) -> bool:
        """Whether this existing rule is what the draft would make.

        A role counts only where the wizard asks for one; a secret to be made is never that of an
        existing rule.
        """
        existing = new_rule_like(rule)
        if Step.PERMISSIONS not in self.plan.steps:
            existing = replace(existing, custom_role_arn=None)
        return not self.makes_secret and existing == self.new_rule()

    def new_rule(self, *, credential_arn: str | None = None) -> NewRule:
        """The rule that the answers make. `credential_arn` is that of a secret made meanwhile."""
        upstream_prefix = self.upstream_prefix
        chosen = self._answer(Step.AUTHENTICATION, "credential_arn")
        return NewRule(
            ecr_repository_prefix=self.cache_prefix,
            upstream_registry_url=self.upstream_registry_url,
            credential_arn=credential_arn or chosen or None,
            custom_role_arn=self._answer(Step.PERMISSIONS, "custom_role_arn") or None,
            upstream_repository_prefix=None if is_root(upstream_prefix) else upstream_prefix,
        )

    @property
    def cache_prefix(self) -> str:
        """The rule's own prefix: `ROOT` for "No prefix", empty before it is answered."""
        if Step.DESTINATION in self.answers:
            return self._answer(Step.DESTINATION, "ecr_repository_prefix")
        if self._answer(Step.NAMESPACES, "cache_namespace") == NONE:
            return ROOT
        return self._answer(Step.NAMESPACES, "ecr_repository_prefix")

    @property
    def upstream_prefix(self) -> str:
        """The upstream prefix; empty when every upstream repository is meant."""
        step = Step.DESTINATION if Step.DESTINATION in self.answers else Step.NAMESPACES
        return self._answer(step, "upstream_repository_prefix")

    def _answer(self, step: Step, name: str) -> str:
        return self.answers.get(step, {}).get(name, "")

    def _with_source(self, source: Answers) -> Self:
        registry = registry_named(source["registry"])
        plan = plan_for(registry)
        kept = {step: self.answers[step] for step in plan.steps if step in self.answers}
        if source != self.source:
            kept.pop(Step.AUTHENTICATION, None)  # guard: W4
            kept.pop(Step.PERMISSIONS, None)  # guard: W4
            if self._prefix_is_default() or self.upstream_prefix:  # guard: W4
                kept.pop(Step.DESTINATION, None)
            if self.upstream_prefix:  # guard: W4
                kept.pop(Step.NAMESPACES, None)
        return replace(
            self,
            answers={**kept, plan.first: source},
            sealed_credential=self.sealed_credential if Step.AUTHENTICATION in kept else "",
            made_secret_arn=self.made_secret_arn if Step.AUTHENTICATION in kept else "",
            suggested=self.suggested if source == self.source else self._suggested_elsewhere(),
            refusal=None,
        )

    def _suggested_elsewhere(self) -> Mapping[Step, Answers]:
        """What may begin the steps of another upstream: the prefix of the rule that is replaced."""
        if self.replaces is None:
            return {}
        return {
            step: {
                name: NONE if name == "upstream_namespace" else value
                for name, value in values.items()
                if name != "upstream_repository_prefix"
            }
            for step, values in self.suggested.items()
        }

    def _prefix_is_default(self) -> bool:
        return self.registry is not None and self.cache_prefix == self.registry.default_prefix


def _prefixes_of(rule: Rule) -> dict[Step, Answers]:
    """A rule's prefixes as answers, for either of the two steps that ask for them."""
    cache, upstream = rule.ecr_repository_prefix, rule.upstream_repository_prefix or ""
    upstream = "" if is_root(upstream) else upstream
    namespaces = {
        "cache_namespace": NONE if is_root(cache) else SPECIFIC,
        "ecr_repository_prefix": "" if is_root(cache) else cache,
        "upstream_namespace": SPECIFIC if upstream else NONE,
        "upstream_repository_prefix": upstream,
    }
    destination = {"ecr_repository_prefix": cache, "upstream_repository_prefix": upstream}
    return {Step.DESTINATION: destination, Step.NAMESPACES: namespaces}
