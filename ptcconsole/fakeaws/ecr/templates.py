"""Repository creation templates: how ECR makes a repository by itself, by the longest prefix.

A template applies at the moment in which the repository is made, and to no other one.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.ecr.models import ECRBackend

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.ecr.exceptions import (
    InvalidParameterException,
    TemplateAlreadyExistsException,
    TemplateNotFoundException,
)
from ptcconsole.fakeaws.ecr.lifecycle import LifecyclePolicies
from ptcconsole.fakeaws.iam.roles import is_permitted, role_as_seen
from ptcconsole.fakeaws.policies import Caller, allows

ROOT: Final = "ROOT"
PULL_THROUGH_CACHE: Final = "PULL_THROUGH_CACHE"
CREATE_ON_PUSH: Final = "CREATE_ON_PUSH"
_FILTERS: Final = "imageTagMutabilityExclusionFilters"
# A role for tags or a KMS key is assumed by ECR itself, not by its pull through cache.
_ECR: Final = Caller(names=frozenset({("Service", "ecr.amazonaws.com")}))

# The members of a template by their names in the API.
Template = Mapping[str, Any]


class CreationTemplates(LifecyclePolicies):
    """moto's ECR of one account and Region, with its repository creation templates."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.creation_templates: dict[str, Template] = {}
        self._templates_lock = threading.Lock()

    def create_repository_creation_template(self, members: Template) -> Template:
        """Create a template. Raises every error of CreateRepositoryCreationTemplate."""
        # AWS documents no number of templates that LimitExceededException stands for.
        self._check(members)
        defaults = {"imageTagMutability": "MUTABLE", "resourceTags": []}
        encryption = {"encryptionConfiguration": {"encryptionType": "AES256"}}
        now = CLOCK.stamp()
        made = _set({**defaults, **encryption, **members}) | {"createdAt": now, "updatedAt": now}
        with self._templates_lock:
            if prefix_key(members["prefix"]) in self.creation_templates:
                raise TemplateAlreadyExistsException
            self.creation_templates[prefix_key(members["prefix"])] = made
        return made

    def update_repository_creation_template(self, members: Template) -> Template:
        """Replace the given members. Raises every error of UpdateRepositoryCreationTemplate.

        A member that is missing is left as it is, and an empty one removes what was set: so does
        Terraform's provider use the operation, which sends what has changed only, and an empty text
        for a policy, role or description that is taken away
        (hashicorp/terraform-provider-aws, internal/service/ecr/repository_creation_template.go).
        The model's text that MUTABLE is used without `imageTagMutability` is that of Create.
        """
        with self._templates_lock:
            known = self.creation_templates.get(prefix_key(members["prefix"]))
            if known is None:
                raise TemplateNotFoundException
            now = {"prefix": known["prefix"], "updatedAt": CLOCK.stamp()}
            updated = _set({**known, **members, **now})
            # A mutability without exclusions replaces the one with its filters.
            if not members.get("imageTagMutability", "_EXCLUSION").endswith("_EXCLUSION"):
                updated = {
                    name: updated[name] for name in updated if name != _FILTERS or name in members
                }
            self._check(updated)
            self.creation_templates[prefix_key(members["prefix"])] = updated
        return updated

    def delete_repository_creation_template(self, members: Template) -> Template:
        """Delete a template. Raises TemplateNotFoundException."""
        with self._templates_lock:
            known = self.creation_templates.pop(prefix_key(members["prefix"]), None)
        if known is None:
            raise TemplateNotFoundException
        return known

    def templates_named(self, prefixes: Sequence[str] | None) -> list[Template]:
        """Return the templates of these prefixes, or all. An unknown prefix is left out."""
        known = dict(self.creation_templates)
        if prefixes is None:
            return list(known.values())
        wanted = {prefix_key(prefix) for prefix in prefixes}
        return [template for key, template in known.items() if key in wanted]

    def template_for(self, repository: str, applied_for: str) -> Template | None:
        """Return the template that applies: the longest prefix, ROOT as the last."""
        fitting = {
            key: template
            for key, template in dict(self.creation_templates).items()
            if applied_for in template["appliedFor"]
            and (key == ROOT or repository.startswith(f"{key}/"))
        }
        longest = max(fitting, key=lambda key: len(key) if key != ROOT else 0, default=None)
        return fitting[longest] if longest is not None else None

    def make_repository(self, name: str, *, applied_for: str) -> None:
        """Make a repository as its template says.

        Raises RepositoryCreationFailed if the template needs a role that cannot do it.
        """
        template = self.template_for(name, applied_for) or {}
        if _needs_role(template) and not self._can_make(template, name):
            raise RepositoryCreationFailed(name)
        self.create_repository(
            name,
            None,
            dict(template.get("encryptionConfiguration", {})),
            None,
            template.get("imageTagMutability", "MUTABLE"),
            list(template.get("resourceTags", [])),
            template.get(_FILTERS),
        )
        _set_policies(self, name, template)

    def _check(self, members: Template) -> None:
        """Raise InvalidParameterException for what the service model alone does not exclude."""
        filters = members.get(_FILTERS)
        mutability = members.get("imageTagMutability", "MUTABLE")
        self.validate_image_tag_mutability_params_compatibility(mutability, filters)
        encryption = members.get("encryptionConfiguration", {})
        if encryption.get("kmsKey") and encryption["encryptionType"] == "AES256":
            raise InvalidParameterException.broken(
                "encryptionConfiguration", "Member must not have a key for AES256"
            )
        # The policies are checked as those of any repository: by giving them to one.
        elsewhere = LifecyclePolicies(self.region_name, self.account_id)
        elsewhere.create_repository("any", None, {}, None, "MUTABLE", [])
        _set_policies(elsewhere, "any", members)

    def _can_make(self, template: Template, name: str) -> bool:
        """Whether ECR may assume the template's role, and the role may do what is asked."""
        role = role_as_seen(template.get("customRoleArn") or "")
        if role is None or not allows(role.assume_role_policy_document, "sts:AssumeRole", _ECR):
            return False
        arn = f"arn:aws:ecr:{self.region_name}:{self.account_id}:repository/{name}"
        wanted = [("ecr:CreateRepository", arn)]
        if template.get("resourceTags"):
            wanted.append(("ecr:TagResource", arn))
        if key := template["encryptionConfiguration"].get("kmsKey"):
            wanted += [("kms:CreateGrant", key), ("kms:DescribeKey", key)]
        return all(is_permitted(role, action, resource) for action, resource in wanted)


class RepositoryCreationFailed(ServiceException):
    """The template needs a role for its tags or key, which is missing or not permitted.

    The puller is told that there is no such repository.
    """

    code = "RepositoryNotFoundException"

    def __init__(self, name: str) -> None:
        super().__init__(f"The repository with name '{name}' does not exist in the registry")


def _set(members: Template) -> dict[str, Any]:
    """Return the members without those that are empty, which are not set."""
    encryption = {name: text for name, text in members["encryptionConfiguration"].items() if text}
    kept = {name: value for name, value in members.items() if value or name == "resourceTags"}
    return {**kept, "encryptionConfiguration": encryption}


def _set_policies(registry: ECRBackend, repository: str, template: Template) -> None:
    if template.get("repositoryPolicy"):
        registry.set_repository_policy(
            registry.account_id, repository, template["repositoryPolicy"]
        )
    if template.get("lifecyclePolicy"):
        registry.put_lifecycle_policy(registry.account_id, repository, template["lifecyclePolicy"])


def _needs_role(template: Template) -> bool:
    encryption = template.get("encryptionConfiguration", {}).get("encryptionType", "AES256")
    return bool(template.get("resourceTags")) or encryption != "AES256"


def prefix_key(prefix: str) -> str:
    """Return a prefix without the slash that ECR assumes after it: `team` and `team/` are one."""
    return prefix.rstrip("/")
