"""Texts about the permissions of the console's own credentials."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.domain.permissions import Feature
from wizard.domain.simulations import Decision, DeniedBy, Verdict
from wizard.words.texts import Text

FEATURE_LABELS: Final[Mapping[Feature, Text]] = {
    Feature.READ: _("View and validate rules"),
    Feature.RULES: _("Create, edit, and delete rules"),
    Feature.SECRETS: _("Create secrets, replace their values, and delete them"),
    Feature.ROLES: _("Use IAM roles for upstream registries in other accounts"),
    Feature.REPOSITORIES: _("Show the repositories of a rule and how they are created"),
    Feature.IMAGES: _("Clean up cached images, and choose whose pulls count"),
    Feature.TEMPLATES: _("Create, edit, and delete repository creation templates"),
    Feature.SIMULATION: _("Check permissions before the work"),
    Feature.ACCOUNTS: _("Work in other accounts by a role"),
    Feature.ORGANIZATION: _("List the accounts of the organization"),
    Feature.SECRET_VALUES: _("Let Amazon ECR read secrets with the console's permissions"),
}

# What the console does with an action.
PURPOSES: Final[Mapping[str, Text]] = {
    "ecr:DescribePullThroughCacheRules": _("View rules"),
    "ecr:ValidatePullThroughCacheRule": _("Validate a rule"),
    "ecr:CreatePullThroughCacheRule": _("Create a rule"),
    "ecr:UpdatePullThroughCacheRule": _("Change the secret or role of a rule"),
    "ecr:DeletePullThroughCacheRule": _("Delete a rule"),
    "ecr:DescribeRepositories": _("View the repositories that a rule covers"),
    "ecr:DescribeImages": _("View the images of a repository"),
    "ecr:BatchGetImage": _("View the platforms of a multi-platform image"),
    "ecr:DescribeRepositoryCreationTemplates": _("View repository creation templates"),
    "ecr:GetLifecyclePolicy": _("View the lifecycle policy of a repository"),
    "ecr:StartLifecyclePolicyPreview": _("Preview a lifecycle policy"),
    "ecr:GetLifecyclePolicyPreview": _("View the preview of a lifecycle policy"),
    "ecr:BatchDeleteImage": _("Delete cached images"),
    "ecr:ListPullTimeUpdateExclusions": _("List pull-time update exclusions"),
    "ecr:RegisterPullTimeUpdateExclusion": _("Add a pull-time update exclusion"),
    "ecr:DeregisterPullTimeUpdateExclusion": _("Delete a pull-time update exclusion"),
    "secretsmanager:ListSecrets": _("List secrets"),
    "secretsmanager:DescribeSecret": _("View a secret without its value"),
    "secretsmanager:CreateSecret": _("Create a secret"),
    "secretsmanager:PutSecretValue": _("Replace the value of a secret"),
    "secretsmanager:UpdateSecretVersionStage": _("Put back the old value after a rotation"),
    "secretsmanager:DeleteSecret": _("Schedule the deletion of a secret"),
    "secretsmanager:RestoreSecret": _("Restore a secret"),
    "secretsmanager:ReplicateSecretToRegions": _("Replicate a secret to other Regions"),
    "secretsmanager:RemoveRegionsFromReplication": _("Delete a replica that was just created"),
    "iam:CreateServiceLinkedRole": _("Create the first rule of the account"),
    "iam:ListRoles": _("List IAM roles"),
    "iam:GetRole": _("View an IAM role"),
    "ecr:CreateRepositoryCreationTemplate": _("Create a repository creation template"),
    "ecr:UpdateRepositoryCreationTemplate": _("Edit a repository creation template"),
    "ecr:DeleteRepositoryCreationTemplate": _("Delete a repository creation template"),
    "ecr:CreateRepository": _("Create a repository creation template"),
    "ecr:PutLifecyclePolicy": _("Set the lifecycle policy of a repository creation template"),
    "ecr:SetRepositoryPolicy": _("Set the repository policy of a repository creation template"),
    "iam:PassRole": _("Use an IAM role in a rule or a repository creation template"),
    "iam:SimulatePrincipalPolicy": _("Check permissions before the work"),
    "sts:AssumeRole": _("Work in another account"),
    "organizations:ListAccounts": _("List the accounts of the organization"),
    "secretsmanager:GetSecretValue": _("Create a rule with a secret, if AWS asks for it"),
}

# Actions without which the console works as long as AWS does not ask for them.
OPTIONAL_ACTIONS: Final[Mapping[str, Text]] = {
    "iam:CreateServiceLinkedRole": _("Only for the first rule of the account"),
    "secretsmanager:GetSecretValue": _("Only if creating a rule fails without it"),
}

_BY: Final[Mapping[DeniedBy, Text]] = {
    DeniedBy.ORGANIZATION: _("Denied by a service control policy"),
    DeniedBy.BOUNDARY: _("Denied by the permissions boundary"),
}
_VERDICTS: Final[Mapping[Verdict, Text]] = {
    Verdict.ALLOWED: _("Allowed"),
    Verdict.IMPLICIT_DENY: _("Not allowed by any policy"),
    Verdict.EXPLICIT_DENY: _("Denied by a policy"),
    Verdict.UNKNOWN: _("Unknown"),
}


def verdict_text(decision: Decision) -> Text:
    """Return what IAM decided, and what denies the action if it is no policy of the principal."""
    if decision.is_denied and decision.denied_by is not None:
        return _BY[decision.denied_by]
    return _VERDICTS[decision.verdict]
