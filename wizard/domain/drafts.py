"""A draft: the answers of an unfinished wizard, which steps are reachable, and the resulting rule.

A draft is an immutable value; each change returns a new one. It depends on no request or storage.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self, TypeVar

from wizard.domain.draft_changes import DraftChange
from wizard.domain.plans import Step, StepPlan, plan_for
from wizard.domain.prefix_answers import NO_NAMESPACE, prefixes_of
from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry, registry_named
from wizard.domain.rules import NewRule, Rule, new_rule_like

Value = TypeVar("Value")
Answers = Mapping[str, str]
# Errors by language and field, so that a page has those of its own language.
FieldErrors = Mapping[str, Mapping[str, Sequence[str]]]

EXISTING_SECRET = "existing"  # noqa: S105 - an answer, not a secret
NEW_SECRET = "create"  # noqa: S105


class Spread(StrEnum):
    """Where the secrets of further Regions come from."""

    EACH = "each"
    REPLICATED = "replicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """One wizard in progress. A draft never changes its `target`.

    - `sealed_credential` is a ciphertext; its key is not in the draft.
    - `refusal` is the record of the last Create's AWS error. It is shown at its step until that
      step is answered again.
    - `made_secret_arn` is a secret that this draft created, while its rule does not exist yet.
    - `suggested` are initial values of unanswered steps.
    - `typed` are values of a step's fields that are no answers yet: the step was refused or left.
    - `refused` are the errors of such values, by step.
    - `overtaken` are the steps that another tab changed after a form with such values was shown.
    - `changes` are the last changes of the answers, and `version` is that of the stored draft.
    - `replaces` is the rule to be replaced, as it was when the draft began.
    - `forgets_last` says that the person cleared what was taken over from their last rule.
    - `further_regions` are the other Regions in which the rule is to be created, and `spread` says
      where their secrets come from.
    - `template` has the settings of the repository creation template that is created with the rule.
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
    refused: Mapping[Step, FieldErrors] = field(default_factory=dict)
    overtaken: Mapping[Step, Sequence[Step]] = field(default_factory=dict)
    changes: Mapping[Step, DraftChange] = field(default_factory=dict, compare=False)
    version: int = field(default=0, compare=False)
    replaces: NewRule | None = None
    forgets_last: bool = False
    further_regions: tuple[str, ...] = ()
    spread: Spread = Spread.EACH
    template: Mapping[str, str] | None = None

    @property
    def source(self) -> Answers:
        """Return the answers of the first step, whichever of its two titles it has."""
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
        """Return the first unanswered step, or the review."""
        return next((step for step in self.plan.steps if not self.is_answered(step)), Step.REVIEW)

    @property
    def fingerprint(self) -> str:
        """Return a digest of the answers on the review, to detect that they changed.

        The further Regions are not included, because the form of the review sends them.
        """
        shown = (self.answers, self.replaces and asdict(self.replaces))
        text = json.dumps(shown, sort_keys=True, default=dict)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def makes_secret(self) -> bool:
        return self._answer(Step.AUTHENTICATION, "credential_source") == NEW_SECRET

    @property
    def with_any_credential(self) -> Self:
        """Return the draft as if its sealed credential had not expired."""
        return replace(self, sealed_credential="typed") if self.makes_secret else self

    @property
    def secret_name(self) -> str:
        """Return the full name of the secret to be created; empty if none is."""
        return self._answer(Step.AUTHENTICATION, "secret_name")

    @property
    def upstream_registry_url(self) -> str:
        """Return the URL for the answers of the first step; empty before it is answered."""
        if self.registry is None:
            return ""
        return self.registry.registry_url(self.source, own_account_id=self.target.account_id)

    def is_answered(self, step: Step) -> bool:
        if step is Step.AUTHENTICATION and self.makes_secret and not self.sealed_credential:
            return False
        return step in self.answers

    def is_reachable(self, step: Step) -> bool:
        """Whether the step is in the plan and all steps before it are answered."""
        plan = self.plan
        return step in plan.steps and plan.number(step) <= plan.number(self.next_open_step)

    def with_answers(self, step: Step, answers: Answers) -> Self:
        """Answer a step. A changed first step drops the answers that depended on the old one."""
        if step in (Step.SOURCE, Step.UPSTREAM):
            answered = self._with_source(answers)
            if answers == self.source:
                return answered.without_typed(step)
            return replace(answered, typed={}, refused={}, overtaken={})
        all_answers = {**self.answers, step: answers}
        kept = self.without_typed(step).without_typed(Step.REVIEW)
        return replace(kept, answers=all_answers, refusal=None)

    def with_typed(
        self,
        step: Step,
        typed: Answers,
        errors: FieldErrors | None = None,
        *,
        overtaken: Sequence[Step] = (),
    ) -> Self:
        """Keep what was typed in a step, with its errors if it was refused."""
        kept, key = self.without_typed(step), step.form_step
        overtaken = overtaken or self.overtaken.get(key, ())
        return replace(
            kept,
            typed={**kept.typed, key: typed},
            refused={**kept.refused, key: errors} if errors else kept.refused,
            overtaken={**kept.overtaken, key: overtaken} if overtaken else kept.overtaken,
        )

    def without_typed(self, step: Step) -> Self:
        """Drop what was typed in a step."""
        key = step.form_step
        typed, refused = _without(self.typed, key), _without(self.refused, key)
        return replace(self, typed=typed, refused=refused, overtaken=_without(self.overtaken, key))

    @property
    def existing_secret_arn(self) -> str:
        """Return the ARN of the existing secret that the rule is to use; empty if none is."""
        return self._answer(Step.AUTHENTICATION, "credential_arn")

    @property
    def existing_secret_name(self) -> str:
        """Return the name of the existing secret as AWS told it; empty if it is not known."""
        return self._answer(Step.AUTHENTICATION, "credential_name")

    def with_secret(self, arn: str, *, name: str = "") -> Self:
        """Return the draft with an existing secret."""
        answers = {"credential_source": EXISTING_SECRET, "credential_arn": arn}
        answers |= {"credential_name": name} if name else {}
        kept = self.without_typed(Step.AUTHENTICATION)
        return replace(kept, answers={**self.answers, Step.AUTHENTICATION: answers})

    def with_new_secret(self, name: str) -> Self:
        """Return the draft with a secret of this full name to be created."""
        answers = {"credential_source": NEW_SECRET, "secret_name": name}
        return replace(self, answers={**self.answers, Step.AUTHENTICATION: answers})

    def with_made_secret(self, arn: str) -> Self:
        """Return the draft after its secret was created; it uses it like any existing one."""
        name = self.secret_name or self.existing_secret_name
        made = self.with_secret(arn, name=name)
        return replace(made, sealed_credential="", made_secret_arn=arn)

    @property
    def uses_made_secret(self) -> bool:
        """Whether the rule is to use the secret that the draft created."""
        chosen = self.existing_secret_arn
        return bool(self.made_secret_arn) and chosen == self.made_secret_arn

    def without_made_secret(self, *, secret_name: str) -> Self:
        """Return the draft after its secret was deleted; the step asks for another name."""
        answers = {"credential_source": NEW_SECRET, "secret_name": secret_name}
        return replace(
            self,
            answers={**self.answers, Step.AUTHENTICATION: answers},
            made_secret_arn="",
            refusal=None,
        )

    @classmethod
    def of_rule(cls, rule: Rule, *, draft_id: str, owner_id: int, target: Target) -> Self:
        """Return a draft with the answers of an existing rule, and its prefixes as suggestions.

        Raises KeyError if the rule's kind or URL belongs to no registry in the catalogue.
        """
        registry, inputs = rule.registry, rule.upstream_inputs
        if registry is None or inputs is None:
            raise KeyError(rule.upstream_registry_url)
        asked = {name: value for name, value in inputs.items() if name in registry.inputs}
        draft = cls(draft_id=draft_id, owner_id=owner_id, target=target)
        draft = draft.with_answers(plan_for(registry).first, {"registry": registry.name, **asked})
        if rule.credential_arn:
            answers = {"credential_source": EXISTING_SECRET, "credential_arn": rule.credential_arn}
            draft = draft.with_answers(Step.AUTHENTICATION, answers)
        if rule.custom_role_arn and Step.PERMISSIONS in draft.plan.steps:
            answers = {"custom_role_arn": rule.custom_role_arn}
            draft = draft.with_answers(Step.PERMISSIONS, answers)
        return replace(draft, suggested=prefixes_of(rule))

    @classmethod
    def of_prefixes(cls, rule: Rule, *, draft_id: str, owner_id: int, target: Target) -> Self:
        """Return a draft without answers that suggests the prefixes of a rule."""
        draft = cls(draft_id=draft_id, owner_id=owner_id, target=target)
        return replace(draft, suggested=prefixes_of(rule))

    def cloning(self) -> Self:
        """Return the draft of a clone: the suggested prefixes become answers."""
        answers = {step: kept for step, kept in self.suggested.items() if step in self.plan.steps}
        return replace(self, answers={**self.answers, **answers})

    def replacing(self, rule: Rule) -> Self:
        """Return the draft of a rule that replaces `rule`; its prefixes must be confirmed."""
        return replace(self, replaces=new_rule_like(rule))

    def makes(self, rule: Rule) -> bool:
        """Whether an existing rule is equal to the rule of the draft.

        A role is compared only if the wizard asks for one. A secret to be created is never equal to
        that of an existing rule.
        """
        return self._equals(new_rule_like(rule))

    @property
    def replaces_nothing(self) -> bool:
        """Whether the answers of a replacement are equal to the rule that it replaces."""
        return self.replaces is not None and self._equals(self.replaces)

    def new_rule(self, *, credential_arn: str | None = None) -> NewRule:
        """Return the rule of the answers; `credential_arn` is that of a secret just created."""
        upstream_prefix = self.upstream_prefix
        chosen = self.existing_secret_arn
        return NewRule(
            ecr_repository_prefix=self.cache_prefix,
            upstream_registry_url=self.upstream_registry_url,
            credential_arn=credential_arn or chosen or None,
            custom_role_arn=self._answer(Step.PERMISSIONS, "custom_role_arn") or None,
            upstream_repository_prefix=None if is_root(upstream_prefix) else upstream_prefix,
        )

    @property
    def cache_prefix(self) -> str:
        """Return the cache prefix: `ROOT` for "No prefix", empty before it is answered."""
        step = Step.DESTINATION if Step.DESTINATION in self.answers else Step.NAMESPACES
        if self._answer(step, "cache_namespace") == NO_NAMESPACE:
            return ROOT
        return self._answer(step, "ecr_repository_prefix")

    @property
    def upstream_prefix(self) -> str:
        """Return the upstream prefix; empty for every upstream repository."""
        step = Step.DESTINATION if Step.DESTINATION in self.answers else Step.NAMESPACES
        return self._answer(step, "upstream_repository_prefix")

    def _equals(self, existing: NewRule) -> bool:
        if Step.PERMISSIONS not in self.plan.steps:
            existing = replace(existing, custom_role_arn=None)
        return not self.makes_secret and existing == self.new_rule()

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
        """Return the suggestions for another upstream: the prefix of the replaced rule."""
        if self.replaces is None:
            return {}
        return {
            step: {
                name: NO_NAMESPACE if name == "upstream_namespace" else value
                for name, value in values.items()
                if name != "upstream_repository_prefix"
            }
            for step, values in self.suggested.items()
        }

    def _prefix_is_default(self) -> bool:
        return self.registry is not None and self.cache_prefix == self.registry.default_prefix


def _without(of_steps: Mapping[Step, Value], step: Step) -> dict[Step, Value]:
    return {other: value for other, value in of_steps.items() if other is not step}
