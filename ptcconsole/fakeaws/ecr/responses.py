"""The HTTP side of the pull through cache operations."""

import re
from base64 import b64encode
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends

from ptcconsole.fakeaws.ecr.authorization import PASSWORDS, USERNAME
from ptcconsole.fakeaws.ecr.images import apart
from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend, PullThroughCacheRule
from ptcconsole.fakeaws.ecr.template_responses import TemplateResponse
from ptcconsole.fakeaws.ecr.templates import ROOT
from ptcconsole.fakeaws.variety import VARIETY


class PullThroughCacheResponse(TemplateResponse):
    """moto's ECR operations, those of templates, and the five of pull through cache."""

    @property
    def _rules(self) -> PullThroughCacheBackend:
        backend = ecr_backends[self.current_account][self.region]
        assert isinstance(backend, PullThroughCacheBackend)  # noqa: S101 - `install()` was called
        return backend

    def create_pull_through_cache_rule(self) -> ActionResult:
        arguments = self._arguments()
        self._require(_implied(arguments), *self._rules.first_rule_needs)
        rule = self._rules.create_pull_through_cache_rule(**arguments)
        return ActionResult(_members(rule))

    def describe_pull_through_cache_rules(self) -> ActionResult:
        page = self._rules.describe_pull_through_cache_rules(**self._arguments())
        rules = [_varied(_members(rule)) for rule in page.rules]
        return ActionResult({"pullThroughCacheRules": rules, "nextToken": page.next_token})

    def update_pull_through_cache_rule(self) -> ActionResult:
        arguments = self._arguments()
        self._require(_implied(arguments))
        rule = self._rules.update_pull_through_cache_rule(**arguments)
        return ActionResult(_members(rule))

    def delete_pull_through_cache_rule(self) -> ActionResult:
        rule = self._rules.delete_pull_through_cache_rule(**self._arguments())
        return ActionResult(_members(rule))

    def validate_pull_through_cache_rule(self) -> ActionResult:
        arguments = self._arguments()
        arn = self._rules.credential_arn_of(**arguments)
        self._require(_implied({"credential_arn": arn}))
        rule, failure = self._rules.validate_pull_through_cache_rule(**arguments)
        told = None if VARIETY.is_on and not failure else failure
        return ActionResult({**_members(rule), "isValid": not failure, "failure": told})

    def get_authorization_token(self) -> ActionResult:
        password, holder = PASSWORDS.give(
            access_key=self.access_key,
            arn=self._caller_arn(),
            account_id=self.current_account,
            region=self.region,
        )
        token = b64encode(f"{USERNAME}:{password}".encode()).decode()
        told = {
            "authorizationToken": token,
            "expiresAt": holder.expires_at,
            "proxyEndpoint": f"https://{self.current_account}.dkr.ecr.{self.region}.amazonaws.com",
        }
        return ActionResult({"authorizationData": [told]})

    def batch_get_image(self) -> ActionResult:
        repository, images = self._get_param("repositoryName"), self._get_param("imageIds")
        if self._rules.is_cached(repository):
            arn = f"arn:aws:ecr:{self.region}:{self.current_account}:repository/{repository}"
            references = [each.get("imageTag") or each.get("imageDigest", "") for each in images]
            needed = self._rules.needed_to_import(repository, references)
            self._require([(action, arn) for action in needed])
            self._rules.pull_through_cache(repository, images)
        answer = super().batch_get_image()
        members: dict[str, Any] = answer.result  # type: ignore[assignment]
        images, archived = apart(members["images"])
        for image in images:
            self._rules.record_pull(image, self._caller_arn())
        return ActionResult({"images": images, "failures": [*members["failures"], *archived]})


def _implied(arguments: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the actions, with their resources, that a rule's role and secret imply."""
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    actions = {"custom_role_arn": "iam:PassRole", "credential_arn": "secretsmanager:GetSecretValue"}
    return [(actions[name], arguments[name]) for name in actions if arguments.get(name)]


def _members(rule: PullThroughCacheRule) -> dict[str, Any]:
    """Return all members of a rule; the serialiser drops those that an operation lacks."""
    return {
        re.sub("_([a-z])", lambda match: match[1].upper(), name): getattr(rule, name)
        for name in rule.__slots__
    }


def _varied(members: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as lists may also report it, which the documentation leaves open."""
    if not VARIETY.is_on:
        return members
    return members | {
        "upstreamRegistry": None,
        "upstreamRepositoryPrefix": members["upstreamRepositoryPrefix"] or ROOT,
        "updatedAt": members["updatedAt"] or members["createdAt"],
    }
