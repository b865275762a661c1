"""Replays moto's own tests against the simulated AWS: `python -m tests.replay [TESTS]`.

moto's tests are in its source distribution, which pip downloads into `.data/moto`, unless TESTS
names a folder that has them. Each test runs against plain moto and against the simulation, both as
servers. A test that passes with moto alone is a difference: it is listed with its reason from
DIFFERENCES. A difference without a reason is a fault of the simulation, and the exit code is 1.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import moto
import urllib3

from ptcconsole.fakeaws.server import FakeAws
from tests.servers import free_port

BASE_DIR = Path(__file__).resolve().parent.parent
FETCHED = BASE_DIR / ".data" / "moto"

# The tests of the services that the simulation serves, below `tests`. Of KMS it serves too little.
TESTS = (
    *("test_ecr", "test_iam", "test_organizations", "test_secretsmanager", "test_sts"),
    *("test_ec2/test_regions.py", "test_ec2/test_availability_zones_and_regions.py"),
)

# Why a test that passes with moto fails with the simulation: patterns of its ID and its failure.
DIFFERENCES: Mapping[str, tuple[str, ...]] = {
    "Not simulated: another service, or an operation that no rule, secret or role needs": (
        r"The simulated AWS does not know the operation",
        r"test_ecr_cloudformation",
        r"test_invoking_ec2_mark_access_key_as_used",
        r"test_describe_availability_zones_dryrun",
    ),
    "As AWS: credentials of the partition aws are unknown in China and in isolated Regions": (
        r"\[(cn|us-gov|us-iso)\S*\].* The security token included in the request is invalid",
    ),
    "As AWS: the service model's constraints are checked first, in one wording": (
        r"test_ecr::test_(list_images_from|describe)_repository_that_doesnt_exist",
        r"test_ecr::test_get_authorization_token_explicit_regions",
        r"test_ecr_layers::test_(upload_layer_part|complete_layer_upload)_unknown_upload",
        r"test_secretsmanager::test_get_random_too_long_password",
        r"test_secrets_duplication::test_update_replica",
        r"test_secretsmanager::test_rotate_secret_rotation_period_validation",
        r"test_organizations::test_describe_organizational_unit_exception",
        r"test_organizations::test_(tag|untag|list_tags_for)_resource_errors",
    ),
    "As AWS: a page of accounts has at most 20": (
        r"test_organizations::test_list_accounts_pagination",
    ),
    "As AWS: a password is new each time, and valid for twelve hours": (
        r"test_ecr::test_get_authorization_token_assume_region",
    ),
    "As AWS: registry policies accept every action of ECR (policy scope V2)": (
        r"test_ecr::test_put_registry_policy_error_invalid_action",
    ),
    "As AWS: a lifecycle policy has lists of tags and a unit only where they are documented": (
        r"test_ecr::test_put_lifecycle_policy: .*unless tagStatus=TAGGED",
    ),
    "As AWS: a list of images has the size of its largest image": (
        r"test_ecr::test_describe_images: .*imageSizeInBytes",
    ),
    "Another set-up: no caller uses the registry of another account": (
        r"because no resource-based policy allows the ecr:",
    ),
    "As AWS: only a role that exists and trusts the caller is assumed": (
        r"is not authorized to perform: sts:AssumeRole on resource",
        r"test_sts::test_assume_role_with_web_identity.* is not a valid JWT",
    ),
    "As AWS: a caller that IAM does not know is a user, with an ARN of IAM": (
        r"user/console' == 'arn:aws:sts::?.*user/moto",
        r"test_sts::test_get_caller_identity_with_default_credentials\[us-east-1",
        r"test_sts::test_sts_regions\[us-west-2",
    ),
    "As AWS: a replica is InProgress first": (
        r"test_secrets_duplication::test_.*'InProgress' == '(InSync|Failed)'",
    ),
    "As AWS: the key of a secret exists": (r"test_secretsmanager::test_.*EncryptionFailure",),
    "As AWS: the wording of IAM and Secrets Manager": (
        r"test_iam::test_get_role__should_throw__when_role_does_not_exist",
        r"test_iam::test_delete_service_linked_role",
        r"test_secrets_duplication::test_delete_while_duplication_exist",
    ),
    "Cosmetic: another order of the values that a constraint allows": (
        r"test_ecr::test_put_image_tag_mutability_error_invalid_param",
        r"test_list_secrets::test_with_invalid_filter_key",
    ),
    "As AWS: a session needs its token": (
        r"test_get_caller_identity_with_assumed_role_credentials\[us-east-1",
    ),
    "Another set-up: all opt-in Regions are enabled": (
        r"test_availability_zones_and_regions::test_describe_regions",
    ),
}

# Some tests freeze their own clock, which is not the server's.
_FREEZEGUN = '''
"""Stands in for freezegun: the clock of a server cannot be frozen by its client."""
from contextlib import ContextDecorator, nullcontext

class freeze_time(ContextDecorator, nullcontext):
    def __init__(self, *args, **kwargs):
        nullcontext.__init__(self)
'''


def main(arguments: list[str] | None = None) -> int:
    """Print the differences by reason; return 1 if one has none."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("tests", nargs="?", type=Path, help="folder that contains moto's tests")
    source = parser.parse_args(arguments).tests or fetched_tests()
    with plain_moto() as url:
        plain = outcomes(source, url)
    with FakeAws() as fake:
        ours = outcomes(source, fake.url)
    passed = {name for name, failure in plain.items() if failure is None}
    differing = sorted(name for name in passed if ours.get(name))
    print(f"{len(plain)} tests: {len(passed)} pass with moto {moto.__version__}, ", end="")
    print(f"{list(ours.values()).count(None)} with the simulation, {len(differing)} differ.")
    by_reason = defaultdict(list)
    for name in differing:
        by_reason[reason_of(name, ours[name] or "")].append(name)
    for reason, names in sorted(by_reason.items()):
        print(f"\n{reason or 'NO REASON: a fault of the simulation'} ({len(names)})")
        print("\n".join(f"  {name}" for name in names))
    return 1 if by_reason.get("") else 0


def reason_of(name: str, failure: str) -> str:
    """Return why a test differs; empty if no reason is known."""
    for reason, patterns in DIFFERENCES.items():
        if any(re.search(pattern, f"{name}: {failure}") for pattern in patterns):
            return reason
    return ""


def fetched_tests() -> Path:
    """Return the folder with the tests of the installed version of moto; download them once."""
    folder = FETCHED / f"moto-{moto.__version__}"
    if not folder.exists():
        FETCHED.mkdir(parents=True, exist_ok=True)
        wanted = [f"moto=={moto.__version__}", "--no-binary", "moto", "--no-deps"]
        command = [sys.executable, "-m", "pip", "--quiet", "download", *wanted, "-d", str(FETCHED)]
        subprocess.run(command, check=True)
        with tarfile.open(FETCHED / f"{folder.name}.tar.gz") as archive:
            members = [each for each in archive if each.name.startswith(f"{folder.name}/tests/")]
            archive.extractall(FETCHED, members=members, filter="data")
    return folder / "tests"


@contextmanager
def plain_moto() -> Iterator[str]:
    """moto's own server, as it is."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            with urllib3.PoolManager(retries=urllib3.Retry(20, backoff_factor=0.1)) as http:
                http.request("POST", f"{url}/moto-api/reset")
            yield url
        finally:
            server.terminate()


def outcomes(tests: Path, url: str) -> dict[str, str | None]:
    """Return the failure of each test that was not skipped, None if it passed."""
    with tempfile.TemporaryDirectory(prefix="ptcconsole-replay-") as folder:
        (Path(folder) / "freezegun.py").write_text(_FREEZEGUN)
        report = Path(folder) / "report.xml"
        wanted = [str(tests / name) for name in TESTS]
        options = ["-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:django", "--no-header"]
        command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", *wanted]
        environment = os.environ | {
            "TEST_SERVER_MODE": "true",
            "TEST_SERVER_MODE_ENDPOINT": url,
            "MOTO_PORT": str(urlsplit(url).port),
            "PYTHONPATH": os.pathsep.join([folder, str(tests.parent)]),
        }
        subprocess.run(
            [*command, "-c", os.devnull, "--rootdir", str(tests.parent)],
            env=environment,
            cwd=tests.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return dict(_reported(report))


def _reported(report: Path) -> Iterator[tuple[str, str | None]]:
    for case in ElementTree.parse(report).iter("testcase"):
        failures = [child for child in case if child.tag in ("failure", "error")]
        if failures or not len(case):
            name = f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name')}"
            words = " ".join(f"{each.get('message')} {each.text}" for each in failures)
            yield name, " ".join(words.split()) or None


if __name__ == "__main__":
    sys.exit(main())
