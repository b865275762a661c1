"""Repositories with images, as a rule caches them, and clean-ups of them."""

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
from django.contrib.auth.models import User

from tests.faults.addresses import make_rule
from tests.person import ACCOUNT, REGION
from wizard.domain import Target
from wizard.models import CleanedBatch, CleanUp
from wizard.services import cleanups
from wizard.services.cleanups import Choice

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

TARGET = Target(account_id=ACCOUNT, region=REGION)
# Who the console is in tests.
CONSOLE = f"arn:aws:iam::{ACCOUNT}:user/console"
RULE, APP = "hub", "hub/team/app"
EVERYTHING = Choice(ecr_repository_prefix=RULE, pushed_days=0)
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"


def ecr() -> "ECRClient":
    return boto3.client("ecr", region_name=REGION)


def put(tag: str = "", *, name: str = APP, media_type: str = _MANIFEST, **members: Any) -> str:
    """Push a manifest; its digest."""
    text = json.dumps({"schemaVersion": 2, "mediaType": media_type, **members})
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    more: Any = {"imageTag": tag} if tag else {}
    ecr().put_image(repositoryName=name, imageManifest=text, imageDigest=digest, **more)
    return digest


def image(size: int, tag: str = "", *, name: str = APP, **members: Any) -> str:
    config = {"mediaType": _CONFIG, "size": size, "digest": f"sha256:{size:064}"}
    return put(tag, name=name, config=config, layers=[], **members)


def listing(tag: str, *digests: str, name: str = APP) -> str:
    """Push a list of images; its digest."""
    manifests = [{"digest": digest, "mediaType": _MANIFEST} for digest in digests]
    return put(tag, name=name, media_type=_INDEX, manifests=manifests)


def signature(subject: str, *, name: str = APP) -> str:
    kind = "application/vnd.example.signature"
    return image(1, name=name, artifactType=kind, subject={"digest": subject})


def make_cache(*names: str) -> None:
    """A rule, and repositories under its prefix."""
    make_rule(RULE)
    for name in names or (APP,):
        ecr().create_repository(repositoryName=name)


def exclude_console() -> None:
    ecr().register_pull_time_update_exclusion(principalArn=CONSOLE)


def digests(name: str = APP) -> set[str]:
    """What is in a repository."""
    found = ecr().describe_images(repositoryName=name)["imageDetails"]
    return {each["imageDigest"] for each in found}


def pull(digest: str, name: str = APP) -> None:
    """Pull an image as somebody whose pulls count."""
    iam = boto3.client("iam")
    user = f"puller-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    actions = ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=user, PolicyName="pull", PolicyDocument=policy)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    puller = boto3.client(
        "ecr",
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    puller.batch_get_image(repositoryName=name, imageIds=[{"imageDigest": digest}])


def preview(actor: User, choice: Choice = EVERYTHING, **more: Any) -> CleanUp:
    cleanup_id = more.pop("cleanup_id", None) or uuid.uuid4()
    return cleanups.plan(cleanup_id=cleanup_id, target=TARGET, choice=choice, actor=actor)


def planned(cleanup: CleanUp) -> list[str]:
    """The digests of a preview, in the order of deletion."""
    return [each["digest"] for batch in batches(cleanup) for each in batch.images]


def batches(cleanup: CleanUp) -> list[CleanedBatch]:
    return list(CleanedBatch.objects.filter(cleanup=cleanup).select_related("cleanup"))


def results(cleanup: CleanUp) -> dict[str, str]:
    """What became of each image that has a result."""
    return {
        digest: found["result"]
        for batch in batches(cleanup)
        for digest, found in batch.results.items()
    }
