"""Pulls by a real client, skopeo, through a rule, from a real and from the pretend upstream."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.registries import real_registry

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

DAY = 24 * 60 * 60
LOGIN = "me", "correct horse"


def password(ecr: "ECRClient") -> str:
    (told,) = ecr.get_authorization_token()["authorizationData"]
    username, _, secret = base64.b64decode(told["authorizationToken"]).decode().partition(":")
    assert username == "AWS"
    return secret


def skopeo(command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    whole = ["skopeo", "--insecure-policy", command, *arguments]
    return subprocess.run(whole, capture_output=True, text=True, check=False)


def copied(source: str, target: str, *options: str) -> None:
    done = skopeo("copy", *options, source, target)
    assert done.returncode == 0, done.stderr


class Puller:
    """Pulls with the password of a registry."""

    def __init__(self, aws: FakeAws, ecr: "ECRClient") -> None:
        self.address = aws.url.removeprefix("http://")
        self.login = f"AWS:{password(ecr)}"

    def pull(self, name: str, folder: Path, *more: str) -> Any:
        """Copy an image, with all its layers, into a folder; its manifest."""
        options = ["--src-tls-verify=false", "--src-creds", self.login, *more]
        copied(f"docker://{self.address}/{name}", f"dir:{folder}", *options)
        return json.loads((folder / "manifest.json").read_text())

    def push(self, folder: Path, name: str) -> None:
        """Copy an image from a folder, with all its layers."""
        copied(f"dir:{folder}", f"docker://{self.address}/{name}", *self._to())

    def push_refusal(self, folder: Path, name: str) -> str:
        """What skopeo says when the push must fail."""
        done = skopeo("copy", *self._to(), f"dir:{folder}", f"docker://{self.address}/{name}")
        assert done.returncode != 0, done.stdout
        return done.stderr

    def _to(self) -> list[str]:
        return ["--dest-tls-verify=false", "--dest-creds", self.login]

    def refusal(self, name: str) -> str:
        """What skopeo says when the pull must fail."""
        options = ["--tls-verify=false", "--creds", self.login]
        done = skopeo("inspect", "--raw", *options, f"docker://{self.address}/{name}")
        assert done.returncode != 0, done.stdout
        return done.stderr


@pytest.fixture
def quay(aws: FakeAws, ecr: "ECRClient") -> Puller:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    return Puller(aws, ecr)


def details(ecr: "ECRClient", name: str) -> list[Any]:
    return list(ecr.describe_images(repositoryName=name)["imageDetails"])


def test_an_image_is_pulled_through_a_rule_and_seen_in_its_repository(
    ecr: "ECRClient", quay: Puller, tmp_path: Path
) -> None:
    ecr.create_repository_creation_template(
        prefix="quay", appliedFor=["PULL_THROUGH_CACHE"], imageTagMutability="IMMUTABLE"
    )
    manifest = quay.pull("quay/org/app:1.2", tmp_path)
    (repository,) = ecr.describe_repositories()["repositories"]
    assert repository["repositoryName"] == "quay/org/app"
    assert repository["imageTagMutability"] == "IMMUTABLE"
    (image,) = details(ecr, "quay/org/app")
    assert image["imageTags"] == ["1.2"]
    layers = [manifest["config"], *manifest["layers"]]
    assert image["imageSizeInBytes"] == sum(layer["size"] for layer in layers)
    assert image["lastRecordedPullTime"] >= image["imagePushedAt"]
    again = quay.pull(f"quay/org/app@{image['imageDigest']}", tmp_path)
    assert again == manifest


class Upstream:
    """Debian's registry in the place of GitLab's, and a secret that it accepts."""

    def __init__(self, url: str, secret_arn: str) -> None:
        self.url = url
        self._arn = secret_arn

    def push(self, folder: Path, name: str) -> None:
        options = ["--dest-tls-verify=false", "--dest-creds", ":".join(LOGIN)]
        copied(f"dir:{folder}", f"docker://{self.url.removeprefix('http://')}/{name}", *options)

    def put(self, name: str, reference: str, manifest: dict[str, Any]) -> None:
        """Put a manifest whose parts are there."""
        media_type = manifest["mediaType"]
        answer = urllib3.request(
            "PUT",
            f"{self.url}/v2/{name}/manifests/{reference}",
            body=json.dumps(manifest),
            headers=urllib3.make_headers(basic_auth=":".join(LOGIN)) | {"Content-Type": media_type},
        )
        assert answer.status == 201, answer.data

    def rule(self, ecr: "ECRClient", prefix: str) -> None:
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry.gitlab.com",
            credentialArn=self._arn,
        )


def index_of(child: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """An index with the manifest as its one image: the entry, and the index."""
    described = {
        "mediaType": json.loads(child)["mediaType"],
        "digest": f"sha256:{hashlib.sha256(child).hexdigest()}",
        "size": len(child),
        "platform": {"architecture": "arm64", "os": "linux"},
    }
    media_type = "application/vnd.oci.image.index.v1+json"
    return described, {"schemaVersion": 2, "mediaType": media_type, "manifests": [described]}


@contextmanager
def upstream(aws: FakeAws, secrets: "SecretsManagerClient", folder: Path) -> Iterator[Upstream]:
    value = json.dumps({"username": LOGIN[0], "accessToken": LOGIN[1]})
    arn = secrets.create_secret(Name="ecr-pullthroughcache/own", SecretString=value)["ARN"]
    with real_registry(folder, *LOGIN) as url:
        aws.map_upstream("registry.gitlab.com", url)
        yield Upstream(url, arn)


@pytest.fixture
def gitlab(
    aws: FakeAws, secrets: "SecretsManagerClient", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upstream]:
    with upstream(aws, secrets, tmp_path_factory.mktemp("registry")) as registry:
        yield registry


def test_a_real_registry_is_signed_in_to_with_the_secret_of_the_rule(
    aws: FakeAws, ecr: "ECRClient", quay: Puller, gitlab: Upstream, tmp_path: Path
) -> None:
    original = quay.pull("quay/org/app:1", tmp_path / "original")
    gitlab.push(tmp_path / "original", "team/app:1")
    gitlab.rule(ecr, "own")
    assert quay.pull("own/team/app:1", tmp_path / "first") == original
    assert "not found" in quay.refusal("own/team/app:2")
    # The upstream is gone. What is cached is served, with its layers, also a day later.
    aws.map_upstream("registry.gitlab.com", "http://127.0.0.1:9")
    aws.pass_time(DAY)
    later = Puller(aws, ecr)
    assert later.pull("own/team/app:1", tmp_path / "second") == original
    assert "unable to be pulled" in later.refusal("own/team/other:1")


def test_a_tag_that_moved_upstream_is_fetched_again_a_day_later_unless_it_is_immutable(
    aws: FakeAws, ecr: "ECRClient", quay: Puller, gitlab: Upstream, tmp_path: Path
) -> None:
    old, new = (quay.pull(f"quay/{name}:1", tmp_path / name) for name in ("old", "new"))
    ecr.create_repository_creation_template(
        prefix="fixed", appliedFor=["PULL_THROUGH_CACHE"], imageTagMutability="IMMUTABLE"
    )
    gitlab.push(tmp_path / "old", "app:latest")
    for prefix in ("free", "fixed"):
        gitlab.rule(ecr, prefix)
        assert quay.pull(f"{prefix}/app:latest", tmp_path / prefix) == old
    gitlab.push(tmp_path / "new", "app:latest")
    assert quay.pull("free/app:latest", tmp_path / "soon") == old
    aws.pass_time(DAY)
    later = Puller(aws, ecr)
    assert later.pull("free/app:latest", tmp_path / "later") == new
    assert later.pull("fixed/app:latest", tmp_path / "never") == old
    tags = [image.get("imageTags") for image in details(ecr, "free/app")]
    assert sorted(tags, key=str) == [None, ["latest"]]


def test_an_image_of_several_platforms_is_kept_with_its_children(
    ecr: "ECRClient", quay: Puller, gitlab: Upstream, tmp_path: Path
) -> None:
    quay.pull("quay/app:1", tmp_path / "child")
    gitlab.push(tmp_path / "child", "app:arm")
    described, index = index_of((tmp_path / "child" / "manifest.json").read_bytes())
    gitlab.put("app", "all", index)
    gitlab.rule(ecr, "own")
    assert quay.pull("own/app:all", tmp_path / "all", "--all") == index
    kept = {image["imageDigest"]: image for image in details(ecr, "own/app")}
    assert described["digest"] in kept
    (whole,) = [image for image in kept.values() if image.get("imageTags") == ["all"]]
    assert whole["imageManifestMediaType"] == index["mediaType"]


def test_two_pulls_at_once_keep_one_image(ecr: "ECRClient", quay: Puller, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        folders = [tmp_path / str(number) for number in range(6)]
        manifests = list(pool.map(lambda folder: quay.pull("quay/app:1", folder), folders))
    assert all(manifest == manifests[0] for manifest in manifests)
    assert len(details(ecr, "quay/app")) == 1


def test_a_private_registry_is_the_upstream_of_another_region(
    ecr: "ECRClient", quay: Puller, aws: FakeAws, client_of: Callable[..., Any], tmp_path: Path
) -> None:
    original = quay.pull("quay/org/app:1", tmp_path / "original")
    elsewhere = client_of("ecr", "eu-west-1")
    elsewhere.create_pull_through_cache_rule(
        ecrRepositoryPrefix="ohio",
        upstreamRegistryUrl="123456789012.dkr.ecr.us-east-2.amazonaws.com",
        upstreamRepositoryPrefix="quay/org",
    )
    there = Puller(aws, elsewhere)
    assert there.pull("ohio/app:1", tmp_path / "copy") == original
    assert "not found" in there.refusal("ohio/app:2")
    assert "does not exist" in there.refusal("quay/org/app:1")


def test_who_has_no_password_or_an_old_one_pulls_nothing(
    aws: FakeAws, ecr: "ECRClient", quay: Puller
) -> None:
    def status(path: str, login: str = "", method: str = "GET") -> int:
        headers = urllib3.make_headers(basic_auth=login) if login else {}
        return urllib3.request(method, f"{aws.url}{path}", headers=headers).status

    assert status("/v2/") == status("/v2/", "AWS:wrong") == status("/v2/", "me:x") == 401
    assert status("/v2/", quay.login) == 200
    assert status("/v2/quay/app/manifests/1", quay.login) == 200
    for path in ("quay/app/tags/list", "manifests/1", "quay/app/blobs/sha256:0", "quay/../x"):
        assert status(f"/v2/{path}", quay.login) == 404
    assert status("/v2/quay/app/manifests/1", quay.login, "DELETE") == 405
    assert status("/v2/quay/app/blobs/uploads/none", quay.login, "PATCH") == 404
    aws.pass_time(12 * 60 * 60)
    assert status("/v2/", quay.login) == 401


def test_a_pull_needs_the_permissions_of_a_pull(
    aws: FakeAws, iam: "IAMClient", quay: Puller, client_of: Callable[..., Any], tmp_path: Path
) -> None:
    iam.create_user(UserName="temp")
    keys = iam.create_access_key(UserName="temp")["AccessKey"]
    aws.check("permissions")

    def puller(*actions: str) -> Puller:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="temp", PolicyName="p", PolicyDocument=document)
        mine = client_of(
            "ecr",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
        )
        return Puller(aws, mine)

    known = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    for missing in ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository"):
        assert "not authorized" in puller(*known).refusal("quay/app:1")
        known.append(missing)
    puller(*known).pull("quay/app:1", tmp_path / "first")
    # What is cached needs no more than a pull; a new image of the repository is imported again.
    puller(*known[:3]).pull("quay/app:1", tmp_path / "again")
    assert "not authorized" in puller(*known[:3]).refusal("quay/app:2")
    puller(*known[:4]).pull("quay/app:2", tmp_path / "new")


def test_an_image_is_pushed_to_a_repository_and_pulled_again(
    ecr: "ECRClient", quay: Puller, tmp_path: Path
) -> None:
    original = quay.pull("quay/org/app:1", tmp_path / "original")
    assert "does not exist" in quay.push_refusal(tmp_path / "original", "team/app:1")
    ecr.create_repository(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    quay.push(tmp_path / "original", "team/app:1")
    quay.push(tmp_path / "original", "team/app:1")
    (image,) = details(ecr, "team/app")
    assert image["imageTags"] == ["1"]
    assert image["imageSizeInBytes"] > 0
    assert quay.pull("team/app:1", tmp_path / "copy") == original
    other = tmp_path / "other"
    quay.pull("quay/org/other:1", other)
    assert "immutable" in quay.push_refusal(other, "team/app:1")
    quay.push(other, "team/app:2")
    assert len(details(ecr, "team/app")) == 2


def test_a_push_creates_a_repository_if_a_template_says_so(
    ecr: "ECRClient", quay: Puller, tmp_path: Path
) -> None:
    quay.pull("quay/org/app:1", tmp_path)
    ecr.create_repository_creation_template(
        prefix="team", appliedFor=["CREATE_ON_PUSH"], imageTagMutability="IMMUTABLE"
    )
    quay.push(tmp_path, "team/new:1")
    (made,) = ecr.describe_repositories(repositoryNames=["team/new"])["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE"
