"""Every address of the console, with an account in which each of them has an object to show."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from tests.person import ACCOUNT, REGION, Person
from wizard import urls
from wizard.domain import NewRule, Target
from wizard.domain.cached_images import CachedImage
from wizard.domain.cleanup import PlannedImage
from wizard.models import (
    Account,
    AccountImport,
    CleanUp,
    DeletedState,
    Deletion,
    ExternalId,
    FleetOperation,
    FleetVerb,
    Operation,
    OperationState,
    PartState,
    Rotation,
    TemplateOperation,
    TemplateState,
    TemplateVerb,
    image_record,
)
from wizard.services.operations import begin_import
from wizard.services.people import sign_in

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/example-role"
SECRET_NAME = "ecr-pullthroughcache/github"
MANAGED = "333344445555"
UNUSED_SECRET = "ecr-pullthroughcache/unused"
# What an AWS call begins with that only reads.
READS = ("Describe", "Get", "List", "Assume", "Simulate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One entry of the URLconf: its name, the address, and the view with its decorators."""

    name: str
    url: str
    view: Callable[..., Any]

    @property
    def is_ours(self) -> bool:
        return self.view.__module__.startswith("wizard.")

    @property
    def takes_forms(self) -> bool:
        return hasattr(self.view, "takes_fields")


def addresses(places: Mapping[str, str]) -> list[Address]:
    """All of `wizard.urls`; `places` are values for the parts of the addresses by their names."""
    return [
        Address(name=str(pattern.name), url=_url(pattern, parts, places), view=pattern.callback)
        for pattern, parts in _patterns(urls.urlpatterns, {})
    ]


def _patterns(
    entries: list[Any], outer: Mapping[str, Any]
) -> Iterator[tuple[URLPattern, Mapping[str, Any]]]:
    for entry in entries:
        parts = {**outer, **entry.pattern.converters}
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, parts)
        else:
            yield entry, parts


def _url(pattern: URLPattern, parts: Mapping[str, Any], places: Mapping[str, str]) -> str:
    values = {name: places.get(name) or _any_value(parts[name]) for name in parts}
    return reverse(str(pattern.name), kwargs=values)


def _any_value(converter: Any) -> str:
    """Something of the right form for a part that no place was given for."""
    kind = type(converter).__name__
    values = {"IntConverter": "1", "UUIDConverter": str(uuid.uuid4())}
    return {"AccountIdConverter": MANAGED, **values}.get(kind, "a-made-up-part")


def furnish(person: Person) -> dict[str, str]:
    """Make one of each thing an address can name, and return their names.

    A rule without a credential, one with a secret and a repository, one with a role; a creation
    template; a secret without a rule, which can be deleted; a draft at its destination step, an
    operation, a bulk validation, and a sign-in link.
    """
    secret_arn = make_secret()
    make_secret(UNUSED_SECRET)
    boto3.client("iam").create_role(
        RoleName="example-role", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    make_rule("quay")
    make_rule("github", "ghcr.io", credentialArn=secret_arn)
    boto3.client("ecr", region_name=REGION).create_repository_creation_template(
        prefix="quay", appliedFor=["PULL_THROUGH_CACHE"]
    )
    upstream = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
    make_rule("team", upstream, customRoleArn=ROLE_ARN)
    boto3.client("ecr", region_name=REGION).create_repository(repositoryName="github/app")
    batch_url = create_rule(person, "Kubernetes")
    draft_path = begin(person, "Quay")
    person.client.post(
        f"/{ACCOUNT}/validations/", {"region": REGION, "csrfmiddlewaretoken": person.csrf_token}
    )
    batch_id = batch_url.rstrip("/").rpartition("/")[2]
    return {
        "account_id": ACCOUNT,
        "region": REGION,
        "ecr_repository_prefix": "github",
        "repository": "github/app",
        "prefix": "quay",
        "secret": UNUSED_SECRET.partition("/")[2],
        "draft_id": draft_path.rstrip("/").rpartition("/")[2],
        "step": "destination",
        "topic": "rules",
        "operation_id": str(Operation.objects.get(batch_id=batch_id).pk),
        "batch_id": batch_id,
        "event_id": "00000000-0000-4000-8000-000000000000",
        "bulk_id": _bulk_id(person),
        "rotation_id": _rotation_id(secret_arn),
        "deletion_id": _deletion_id(),
        "template_operation_id": _template_operation_id(),
        "import_id": _import_id(),
        "fleet_operation_id": _fleet_operation_id(),
        "cleanup_id": _cleanup_id(),
        "managed_id": _managed_id(),
        "account_import_id": str(AccountImport.objects.create().pk),
        "token": sign_in.create_link(username="grace"),
    }


def _managed_id() -> str:
    """An account by a role that nobody has made."""
    role_arn = f"arn:aws:iam::{MANAGED}:role/PtcConsole"
    Account.objects.create(account_id=MANAGED, role_arn=role_arn)
    ExternalId.objects.create(account_id=MANAGED, value="ptc-of-the-access-tests")
    return MANAGED


def make_secret(name: str = SECRET_NAME, region: str = REGION) -> str:
    secrets = boto3.client("secretsmanager", region_name=region)
    value = json.dumps({"username": "demo", "accessToken": "wrong"})
    return str(secrets.create_secret(Name=name, SecretString=value)["ARN"])


def make_rule(prefix: str, url: str = "quay.io", *, region: str = REGION, **more: Any) -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url, **more
    )


def prefixes(region: str = REGION) -> list[str]:
    """The rules that AWS holds in a Region."""
    pages = boto3.client("ecr", region_name=region).get_paginator(
        "describe_pull_through_cache_rules"
    )
    return sorted(
        rule["ecrRepositoryPrefix"]
        for page in pages.paginate()
        for rule in page["pullThroughCacheRules"]
    )


def begin(person: Person, registry: str, *, region: str = REGION) -> str:
    """Answer the first step of a new draft and return the draft's path."""
    person.open_rules(region)
    person.press("Add rule")
    path = person.url.rpartition("source/")[0]
    person.choose(registry)
    person.press("Next")
    return path


def begin_cross_account(person: Person) -> str:
    """Answer the first step for another account's registry and return the draft's path."""
    person.open_rules()
    person.press("Add rule")
    path = person.url.rpartition("source/")[0]
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", "eu-west-1")
    person.fill("Account", "111122223333")
    person.press("Next")
    assert person.heading == "Specify permissions"
    return path


def create_rule(person: Person, registry: str) -> str:
    """Walk the shortest wizard to its end and return the address of what was confirmed."""
    begin(person, registry)
    person.press("Next")
    person.press("Create")
    assert "/operations/" in person.url, person.text
    return person.url


def clone(person: Person, prefix: str, *further: str) -> str:
    """Begin a rule like an existing one for further Regions; return the path of its draft."""
    person.open(f"/{ACCOUNT}/{REGION}/rules/{prefix}/details/")
    person.press("Clone")
    path = person.url.rpartition("review/")[0]
    for region in further:
        person.find(f'input[type="checkbox"][name="regions"][value="{region}"]')["checked"] = ""
    person.press("Show plan")
    return path


def changes(calls: Mapping[str, int]) -> set[str]:
    """The operations among these that change something in AWS."""
    return {name for name in calls if not name.startswith(READS)}


def _rotation_id(secret_arn: str) -> str:
    """An ended rotation, which no process works on, of the person who made the operations."""
    actor = Operation.objects.latest("created_at").actor
    rotation = Rotation.objects.create(account_id=ACCOUNT, actor=actor)
    rotation.secrets.create(region=REGION, name=SECRET_NAME, arn=secret_arn)
    return str(rotation.pk)


def _deletion_id() -> str:
    """A deletion that has ended and deleted nothing, of the same person."""
    actor = Operation.objects.latest("created_at").actor
    deletion = Deletion.objects.create(account_id=ACCOUNT, actor=actor)
    deletion.rules.create(region=REGION, ecr_repository_prefix="absent", state=DeletedState.FAILED)
    return str(deletion.pk)


def _cleanup_id() -> str:
    """A preview of a clean-up, of the same person."""
    actor = Operation.objects.latest("created_at").actor
    place = {"account_id": ACCOUNT, "region": REGION, "ecr_repository_prefix": "quay"}
    cleanup = CleanUp.objects.create(actor=actor, criteria={"untagged_only": True}, **place)
    planned = PlannedImage(image=CachedImage(repository="quay/app", digest=f"sha256:{7:064}"))
    cleanup.batches.create(number=1, repository="quay/app", images=[image_record(planned)])
    return str(cleanup.pk)


def _template_operation_id() -> str:
    """An operation on a template that has ended and changed nothing, of the same person."""
    actor = Operation.objects.latest("created_at").actor
    operation = TemplateOperation.objects.create(
        account_id=ACCOUNT, actor=actor, prefix="absent", verb=TemplateVerb.DELETE
    )
    operation.changes.create(region=REGION, state=TemplateState.FAILED)
    return str(operation.pk)


def _fleet_operation_id() -> str:
    """A validation over accounts that was cancelled before it began, of the same person."""
    actor = Operation.objects.latest("created_at").actor
    operation = FleetOperation.objects.create(
        verb=FleetVerb.VALIDATE, actor=actor, finished_at=timezone.now()
    )
    operation.parts.create(
        number=0,
        account_id=ACCOUNT,
        regions=[REGION],
        rules=[f"{REGION}/quay"],
        state=PartState.CANCELLED,
    )
    return str(operation.pk)


def _import_id() -> str:
    """An import of a rule that has ended, of the same person."""
    actor, import_id = Operation.objects.latest("created_at").actor, uuid.uuid4()
    rule = NewRule(ecr_repository_prefix="imported", upstream_registry_url="quay.io")
    target = Target(account_id=ACCOUNT, region=REGION)
    begin_import(import_id=import_id, rules=[(target, rule)], actor=actor)
    rows = Operation.objects.filter(draft_id__startswith=import_id.hex)
    rows.update(state=OperationState.SUCCEEDED, lease_until=None, next_try_at=None)
    return str(import_id)


def _bulk_id(person: Person) -> str:
    person.open(f"/{ACCOUNT}/validations/")
    (link, *_others) = person.page.select("main tbody th a")
    return str(link["href"]).rstrip("/").rpartition("/")[2]
