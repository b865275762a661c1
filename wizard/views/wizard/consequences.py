"""What Create will do, for the review: AWS calls in order, breakages, CLI commands."""

import json
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

from wizard.domain import AwsAction, RuleDraft
from wizard.domain.commands import aws_command, create_rule_command, quoted
from wizard.domain.draft_templates import template_of_draft


def _changes(draft: RuleDraft) -> list[AwsAction]:
    """The changes in the order in which `services.operations.running` makes them."""
    made = [AwsAction.CREATE_SECRET] if draft.makes_secret else []
    made += [AwsAction.CREATE_TEMPLATE] if draft.template is not None else []
    if draft.replaces is None:
        return [*made, AwsAction.CREATE_RULE]
    if _is_in_place(draft):
        return [*made, AwsAction.DELETE_RULE, AwsAction.CREATE_RULE]
    return [*made, AwsAction.CREATE_RULE, AwsAction.DELETE_RULE]


def calls(draft: RuleDraft) -> list[str]:
    """Return descriptions of the AWS calls, in order."""
    region = draft.target.region
    words = {
        AwsAction.CREATE_SECRET: _("the secret %(name)s in %(region)s")
        % {"name": draft.secret_name, "region": region},
        AwsAction.CREATE_TEMPLATE: _("the template %(prefix)s in %(region)s")
        % {"prefix": draft.cache_prefix, "region": region},
        AwsAction.CREATE_RULE: _("the rule %(prefix)s in %(region)s")
        % {"prefix": draft.cache_prefix, "region": region},
        AwsAction.DELETE_RULE: _("the rule %(prefix)s in %(region)s")
        % {"prefix": _replaced_prefix(draft), "region": region},
    }
    return [f"{change}: {words[change]}" for change in _changes(draft)]


def breakages(draft: RuleDraft) -> list[str]:
    """Return what a replacement breaks; empty if no rule is replaced."""
    if draft.replaces is None:
        return []
    names = {"prefix": _replaced_prefix(draft), "new": draft.cache_prefix}
    stays = _(
        "Images cached under %(prefix)s aren't deleted. The new rule updates them only if it"
        " has the same prefix and upstream."
    )
    if _is_in_place(draft):
        breaks = _(
            "Between the two calls, no rule has the prefix %(prefix)s, so pulls of images"
            " that aren't cached yet fail. If AWS rejects the new rule, the console restores"
            " the old rule."
        )
    else:
        breaks = _(
            "After that, pulls under %(prefix)s of images that aren't cached yet fail. Change"
            " them to use %(new)s."
        )
    return [stays % names, breaks % names]


def cli_commands(draft: RuleDraft) -> str:
    """Return equal AWS CLI commands, with a file name in place of the credential."""
    return "\n\n".join(_COMMANDS[change](draft) for change in _changes(draft))


def _is_in_place(draft: RuleDraft) -> bool:
    return _replaced_prefix(draft) == draft.cache_prefix


def _replaced_prefix(draft: RuleDraft) -> str:
    return draft.replaces.ecr_repository_prefix if draft.replaces else ""


def _create_secret(draft: RuleDraft) -> str:
    command = aws_command(
        "secretsmanager create-secret",
        ("--name", quoted(draft.secret_name)),
        ("--secret-string", "file://credential.json"),
        ("--region", draft.target.region),
        ("--query", "ARN --output text"),
    )
    comment = _("credential.json contains the keys username and accessToken.")
    return f"# {comment}\nCREDENTIAL_ARN=$({command})"


def _create_template(draft: RuleDraft) -> str:
    template = template_of_draft(draft)
    if template is None:
        return ""
    policy = json.dumps(json.loads(template.lifecycle_policy)) if template.lifecycle_policy else ""
    return aws_command(
        "ecr create-repository-creation-template",
        ("--prefix", quoted(template.prefix)),
        ("--applied-for", " ".join(sorted(template.applied_for))),
        ("--image-tag-mutability", template.image_tag_mutability),
        ("--lifecycle-policy", quoted(policy)),
        ("--region", draft.target.region),
    )


def _create_rule(draft: RuleDraft) -> str:
    rule = draft.new_rule()
    secret = '"$CREDENTIAL_ARN"' if draft.makes_secret else ""
    return create_rule_command(rule, region=draft.target.region, credential=secret)


def _delete_replaced(draft: RuleDraft) -> str:
    return aws_command(
        "ecr delete-pull-through-cache-rule",
        ("--ecr-repository-prefix", quoted(_replaced_prefix(draft))),
        ("--region", draft.target.region),
    )


_COMMANDS: Final[dict[AwsAction, Callable[[RuleDraft], str]]] = {
    AwsAction.CREATE_SECRET: _create_secret,
    AwsAction.CREATE_TEMPLATE: _create_template,
    AwsAction.CREATE_RULE: _create_rule,
    AwsAction.DELETE_RULE: _delete_replaced,
}
