"""The all-Regions page beside a loop of the AWS CLI and boto3 one by one, in the same run.

`python -m tests.benchmarks.overview` prints medians of 5 and ratios to the slowest single call;
the raw figures go to .data/bench/. The stub has no wide-area network and no TLS.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import boto3

ROOT = Path(__file__).resolve().parents[2]
LATENCY_SECONDS = 0.1
RUNS = 5
ACCOUNT = "123456789012"
KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
CONSOLE_START_SECONDS = 30


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder, stub() as endpoint:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **KEYS,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-2",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CONSOLE_ENV": "local",
            "ENV_FILE": os.devnull,
            "DATA_DIR": folder,
        }
        with console(environment) as get_overview:
            raw = measure(endpoint, environment, get_overview)
    report(raw)


def measure(
    endpoint: str, environment: dict[str, str], get_overview: Callable[[], None]
) -> dict[str, list[float]]:
    """Seconds of each way to read the rules of all Regions, and of one call alone."""
    session = boto3.Session(aws_access_key_id="bench", aws_secret_access_key="bench")
    regions = session.get_available_regions("ecr")
    clients = {
        region: session.client("ecr", region_name=region, endpoint_url=endpoint)
        for region in regions
    }

    def one_by_one() -> None:
        for client in clients.values():
            client.describe_pull_through_cache_rules()

    def cli() -> None:
        program = str(Path(sys.executable).with_name("aws"))
        for region in regions:
            command = [program, "ecr", "describe-pull-through-cache-rules", "--region", region]
            subprocess.run(command, env=environment, check=True, capture_output=True)

    one_by_one()  # connections and models are warm for every way alike
    get_overview()
    return {
        "slowest single call": [
            max(seconds(client.describe_pull_through_cache_rules) for client in clients.values())
            for _ in range(RUNS)
        ],
        "all-Regions page": [seconds(get_overview) for _ in range(RUNS)],
        "boto3, one by one": [seconds(one_by_one) for _ in range(RUNS)],
        "AWS CLI in a loop": [seconds(cli)],  # slower than twelve seconds: once is enough
    }


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def report(raw: dict[str, list[float]]) -> None:
    limit = median(raw["slowest single call"])
    lines = [f"{'34 Regions, 100 ms each':<24}{'median s':>10}{'ratio to a call':>18}{'runs':>6}"]
    lines += [
        f"{name:<24}{median(times):>10.3f}{median(times) / limit:>18.2f}{len(times):>6}"
        for name, times in raw.items()
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    folder = ROOT / ".data" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overview.json").write_text(json.dumps(raw, indent=2), encoding="utf-8")


@contextmanager
def stub() -> Iterator[str]:
    """The stub in a process of its own; yields its URL."""
    command = [sys.executable, "-m", "tests.benchmarks.stub_aws", str(LATENCY_SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def console(environment: dict[str, str]) -> Iterator[Callable[[], None]]:
    """A real console under gunicorn, signed in; yields a call that reads the page whole."""
    manage = [sys.executable, "manage.py"]
    run = {"cwd": ROOT, "env": environment, "check": True, "capture_output": True, "text": True}
    subprocess.run([*manage, "migrate", "--verbosity", "0"], **run)  # type: ignore[call-overload]
    link = subprocess.run([*manage, "signinlink", "bench"], **run)  # type: ignore[call-overload]
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--threads", "8"),
        *("--no-control-socket", "ptcconsole.wsgi"),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            host = _listening(process)
            cookie = _sign_in(host, link.stdout.strip())
            yield lambda: _get_overview(host, cookie)
        finally:
            process.terminate()


def _listening(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if "Listening at:" in line:
            return urlsplit(line.split("Listening at:")[1].split()[0]).netloc
    raise RuntimeError("the console did not start")


def _sign_in(host: str, path: str) -> str:
    """Press the link's button; return the session cookie."""
    connection = http.client.HTTPConnection(host)
    connection.request("GET", path)
    page = connection.getresponse()
    csrf = str(page.headers["Set-Cookie"]).split(";")[0]
    token = page.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    headers = {"Cookie": csrf, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, f"csrfmiddlewaretoken={token}", headers)
    answer = connection.getresponse()
    answer.read()
    cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie") or []]
    return next(cookie for cookie in cookies if cookie.startswith("sessionid="))


def _get_overview(host: str, cookie: str) -> None:
    connection = http.client.HTTPConnection(host)
    connection.request("GET", f"/{ACCOUNT}/rules/", headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200
    assert body.count(b"registry.k8s.io") >= 34, "a Region is missing"
    connection.close()


if __name__ == "__main__":
    main()
