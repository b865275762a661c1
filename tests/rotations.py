"""An account whose rules share upstreams over Regions, and shortcuts to rotate their secrets."""

import json
import uuid
from collections.abc import Collection
from typing import Any

import boto3
from django.contrib.auth.models import User

from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT
from wizard.domain import Credential, Role, Target
from wizard.models import Grant, RotatedSecret, Rotation
from wizard.services import rotations
from wizard.services.rotations import RotationPlan

HOME, OTHER, THIRD = "us-east-2", "eu-west-1", "us-west-2"
HOST = "registry-1.docker.io"
HUB = "ecr-pullthroughcache/docker-hub"
NEW = Credential(username="me", access_token="canary-of-the-rotation")
REGIONS = (HOME, OTHER, THIRD)


def client(region: str) -> Any:
    return boto3.client("secretsmanager", region_name=region)


def hubs(*regions: str) -> None:
    """In each Region, a secret of its own and a rule of Docker Hub that uses it."""
    for region in regions:
        arn = make_secret(HUB, region)
        make_rule("docker-hub", HOST, region=region, credentialArn=arn)


def value(region: str, name: str = HUB) -> str:
    """The token that ECR would read now."""
    kept: dict[str, str] = json.loads(
        client(region).get_secret_value(SecretId=name)["SecretString"]
    )
    return kept["accessToken"]


def plan(actor: User, *, upstream: str = HOST, also: Collection[str] = ()) -> RotationPlan:
    targets = [Target(account_id=ACCOUNT, region=region) for region in REGIONS]
    inventory = rotations.read_inventory(targets)
    return rotations.plan_of(inventory, upstream=upstream, also=also, actor=actor)


def begin(actor: User, keys: Collection[str] = ()) -> Rotation:
    """Start a rotation of these secrets, or of all that are suggested, without doing its work."""
    possible = plan(actor).possible
    chosen = [each for each in possible if each.key in keys or (not keys and each.is_suggested)]
    rotation = rotations.start(
        rotation_id=uuid.uuid4(), account_id=ACCOUNT, upstream=HOST, chosen=chosen, actor=actor
    )
    assert rotation is not None
    return rotation


def rotate(actor: User, keys: Collection[str] = ()) -> Rotation:
    rotation = begin(actor, keys)
    rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    return rotation


def states(rotation: Rotation) -> dict[str, str]:
    return dict(rotation.secrets.values_list("region", "state"))


def row(rotation: Rotation, region: str) -> RotatedSecret:
    return RotatedSecret.objects.get(rotation=rotation, region=region)


def operator(*regions: str) -> User:
    """Somebody who may look everywhere and works in these Regions."""
    user = User.objects.create_user("bob")
    Grant.objects.create(user=user, role=Role.VIEWER, account_id=ACCOUNT)
    for region in regions:
        Grant.objects.create(user=user, role=Role.OPERATOR, account_id=ACCOUNT, region=region)
    return user
