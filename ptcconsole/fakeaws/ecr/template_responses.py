"""The HTTP side of the repository creation templates."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult

from ptcconsole.fakeaws.ecr.account_settings import AccountSettingResponse
from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException
from ptcconsole.fakeaws.ecr.templates import ROOT, CreationTemplates, Template


class TemplateResponse(AccountSettingResponse):
    """The operations of account settings, and the four of repository creation templates."""

    @property
    def _templates(self) -> CreationTemplates:
        backend = self.ecr_backend
        assert isinstance(backend, CreationTemplates)  # noqa: S101 - `install()` was called
        return backend

    def create_repository_creation_template(self) -> ActionResult:
        return self._changed(self._templates.create_repository_creation_template)

    def update_repository_creation_template(self) -> ActionResult:
        return self._changed(self._templates.update_repository_creation_template)

    def delete_repository_creation_template(self) -> ActionResult:
        return self._changed(self._templates.delete_repository_creation_template)

    def describe_repository_creation_templates(self) -> ActionResult:
        prefixes = self._get_param("prefixes")
        if prefixes and (self._get_param("nextToken") or self._get_param("maxResults")):
            raise InvalidParameterException(
                "Invalid parameter: nextToken and maxResults cannot be used with prefixes."
            )
        found = self._templates.templates_named(prefixes or None)
        page = self._page(found, "repositoryCreationTemplates")
        return ActionResult(
            {
                "registryId": self.current_account,
                "repositoryCreationTemplates": [dict(each) for each in page.items],
                "nextToken": page.next_token,
            }
        )

    def _changed(self, change: Callable[[Template], Template]) -> ActionResult:
        given = self._members()
        self._require_of_template(given)
        return ActionResult(
            {"registryId": self.current_account, "repositoryCreationTemplate": dict(change(given))}
        )

    def _require_of_template(self, given: dict[str, Any]) -> None:
        """Check the permissions that setting these members needs besides the operation's own."""
        prefix = given["prefix"].rstrip("/")
        name = "*" if prefix == ROOT else f"{prefix}/*"
        arn = f"arn:aws:ecr:{self.region}:{self.current_account}:repository/{name}"
        needed = {
            "customRoleArn": ("iam:PassRole", given.get("customRoleArn", "")),
            "repositoryPolicy": ("ecr:SetRepositoryPolicy", arn),
            "lifecyclePolicy": ("ecr:PutLifecyclePolicy", arn),
        }
        self._require([needed[member] for member in needed if given.get(member)])
