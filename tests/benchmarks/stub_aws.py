"""A small, fast, asynchronous AWS stub for benchmarks, with a configurable latency per Region.

moto answers about 690 requests a second, so that moto would be measured instead of the console. The
stub answers what the console's pages and Create call: STS, IAM roles, pull through cache rules in
pages of 100, secrets, repositories. `python -m tests.benchmarks.stub_aws [CERTIFICATE KEY]` prints
its URL and serves until it is terminated. `POST /settings` configures it, `GET /seen` lists the
calls that it received.
"""

import asyncio
import json
import random
import re
import ssl
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

ACCOUNT = "123456789012"
PAGE = 100
CREATED_AT = 1790000000.0
UPSTREAMS = (
    ("quay", "quay.io", "quay"),
    ("kubernetes", "registry.k8s.io", "k8s"),
    ("ecr-public", "public.ecr.aws", "ecr-public"),
)
SECRET_NAME = "ecr-pullthroughcache/example1234"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/example-role"

_REGION = re.compile(rb"credential=[^/]+/\d+/([a-z0-9-]+)/")
_TARGET = re.compile(rb"x-amz-target: *[a-z0-9_]+\.([a-z]+)")
_ACTION = re.compile(rb"Action=(\w+)")
_LENGTH = re.compile(rb"content-length: *(\d+)")


@dataclass
class Settings:
    """What `POST /settings` sets: seconds per Region, rules and secrets, and what goes wrong."""

    latency: float = 0.0
    latencies: Mapping[str, float] = field(default_factory=dict)
    rules: int = 3
    secrets: int = 0
    throttled: float = 0.0
    seed: int = 1
    dead: tuple[str, ...] = ()


@dataclass
class Aws:
    """The state: the settings, what was made, and what was asked."""

    settings: Settings = field(default_factory=Settings)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    made: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    secrets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    throttles: int = 0
    answered_at: dict[str, float] = field(default_factory=dict)

    def set(self, wanted: dict[str, Any]) -> None:
        self.settings = Settings(**wanted)
        self.chance = random.Random(self.settings.seed)
        self.made, self.secrets, self.throttles = {}, {}, 0
        self.calls, self.answered_at = Counter(), {}

    def seen(self) -> dict[str, Any]:
        made = {region: len(rules) for region, rules in self.made.items()}
        return {
            "calls": self.calls,
            "throttles": self.throttles,
            "answered_at": self.answered_at,
            "made": made,
        }

    async def answer(self, operation: str, region: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of a JSON operation, after the Region's latency."""
        self.calls[f"{region} {operation}"] += 1
        if region in self.settings.dead:
            await asyncio.sleep(3600)
        await asyncio.sleep(self.settings.latencies.get(region, self.settings.latency))
        if self.chance.random() < self.settings.throttled:
            self.throttles += 1
            return 400, _refusal("ThrottlingException", "Rate exceeded")
        status, answer = self._answer(operation, region, json.loads(body))
        self.answered_at[region] = time.time()
        return status, answer

    def _answer(self, operation: str, region: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        match operation:
            case "describepullthroughcacherules":
                return self._rules(region, asked)
            case "createpullthroughcacherule":
                return self._create_rule(region, asked)
            case "describerepositories":
                return 200, b'{"repositories": []}'
            case "listsecrets":
                return self._list_secrets(region, asked)
            case "createsecret":
                made = _secret(region, asked["Name"])
                self.secrets.setdefault(region, []).append(made)
                return 200, json.dumps({"ARN": made["ARN"], "Name": made["Name"]}).encode()
            case "describesecret":
                return self._describe_secret(region, asked["SecretId"])
        return 400, _refusal("InvalidAction", f"The benchmark's AWS has no {operation}.")

    def _secrets(self, region: str) -> list[dict[str, Any]]:
        further = [
            _secret(region, f"{SECRET_NAME}-{each}") for each in range(self.settings.secrets)
        ]
        return [_secret(region, SECRET_NAME), *further, *self.secrets.get(region, [])]

    def _list_secrets(self, region: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        begin, secrets = int(asked.get("NextToken") or 0), self._secrets(region)
        page: dict[str, Any] = {"SecretList": secrets[begin : begin + PAGE]}
        if begin + PAGE < len(secrets):
            page["NextToken"] = str(begin + PAGE)
        return 200, json.dumps(page).encode()

    def _describe_secret(self, region: str, asked: str) -> tuple[int, bytes]:
        """An ARN is always found; a name only if the secret exists."""
        name = asked.partition(":secret:")[2].rpartition("-")[0]
        if name or any(secret["Name"] == asked for secret in self._secrets(region)):
            return 200, json.dumps(_secret(region, name or asked)).encode()
        return 400, _refusal("ResourceNotFoundException", "No such secret.")

    def _rules(self, region: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        made, wanted = self.made.get(region, []), asked.get("ecrRepositoryPrefixes")
        if wanted is not None:
            rules = [*_rules(self.settings.rules), *made]
            found = [rule for rule in rules if rule["ecrRepositoryPrefix"] in wanted]
            if not found:
                return 400, _refusal("PullThroughCacheRuleNotFoundException", "No such rule.")
            return 200, json.dumps({"pullThroughCacheRules": found}).encode()
        if made:
            found = [*_rules(self.settings.rules), *made]
            return 200, json.dumps({"pullThroughCacheRules": found}).encode()
        return 200, _page(self.settings.rules, int(asked.get("nextToken") or 0))

    def _create_rule(self, region: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        made = {
            "ecrRepositoryPrefix": asked["ecrRepositoryPrefix"],
            "upstreamRegistryUrl": asked["upstreamRegistryUrl"],
            "createdAt": time.time(),
            "registryId": ACCOUNT,
        }
        if "credentialArn" in asked:
            made["credentialArn"] = asked["credentialArn"]
        self.made.setdefault(region, []).append(made)
        return 200, json.dumps(made).encode()


@cache
def _rules(count: int) -> tuple[dict[str, Any], ...]:
    rules = []
    for number in range(count):
        prefix, url, registry = UPSTREAMS[number % len(UPSTREAMS)]
        rules.append(
            {
                "ecrRepositoryPrefix": f"{prefix}-{number}",
                "upstreamRegistryUrl": url,
                "createdAt": CREATED_AT,
                "registryId": ACCOUNT,
                "upstreamRegistry": registry,
                "upstreamRepositoryPrefix": "ROOT",
            }
        )
    return tuple(rules)


@cache
def _page(count: int, begin: int) -> bytes:
    page: dict[str, Any] = {"pullThroughCacheRules": _rules(count)[begin : begin + PAGE]}
    if begin + PAGE < count:
        page["nextToken"] = str(begin + PAGE)
    return json.dumps(page).encode()


def _secret(region: str, name: str) -> dict[str, Any]:
    return {
        "ARN": f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-AbCdEf",
        "Name": name,
        "CreatedDate": CREATED_AT,
        "LastChangedDate": CREATED_AT,
        "SecretVersionsToStages": {"11111111-2222-3333-4444-555555555555": ["AWSCURRENT"]},
    }


def _refusal(code: str, message: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()


_TRUST = (
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C"
    "%22Principal%22%3A%7B%22Service%22%3A%22pullthroughcache.ecr.amazonaws.com%22%7D%2C"
    "%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"
)
_ROLE = (
    f"<Path>/</Path><RoleName>example-role</RoleName><RoleId>AROA1234567890123456</RoleId>"
    f"<Arn>{ROLE_ARN}</Arn><CreateDate>2026-11-01T00:00:00Z</CreateDate>"
    f"<AssumeRolePolicyDocument>{_TRUST}</AssumeRolePolicyDocument>"
)
_QUERIES = {
    "GetCallerIdentity": (
        f"<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn>"
        "<UserId>U</UserId>"
    ),
    "ListRoles": f"<IsTruncated>false</IsTruncated><Roles><member>{_ROLE}</member></Roles>",
    "GetRole": f"<Role>{_ROLE}</Role>",
    "SimulatePrincipalPolicy": "<EvaluationResults/><IsTruncated>false</IsTruncated>",
}


def _query(action: str) -> bytes:
    """The answer of STS and IAM, which speak XML and do not wait."""
    result = _QUERIES[action]
    return (
        f"<{action}Response><{action}Result>{result}</{action}Result>"
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


async def serve(aws: Aws, context: ssl.SSLContext | None) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                length = _LENGTH.search(head.lower())
                body = await reader.readexactly(int(length[1]) if length else 0)
                writer.write(await _response(aws, head, body))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the console gave up on a Region that is dead
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=256, ssl=context)
    scheme = "https" if context else "http"
    sys.stdout.write(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def _response(aws: Aws, head: bytes, body: bytes) -> bytes:
    lower = head.lower()
    if head.startswith(b"POST /settings"):
        aws.set(json.loads(body))
        return _http(200, b"{}", "application/json")
    if head.startswith(b"GET /seen"):
        return _http(200, json.dumps(aws.seen()).encode(), "application/json")
    target, region = _TARGET.search(lower), _REGION.search(lower)
    where = region[1].decode() if region else ""
    if target is None:
        action = _ACTION.search(body)
        name = action[1].decode() if action else ""
        aws.calls[f"{where} {name}"] += 1
        return _http(200, _query(name), "text/xml")
    status, answer = await aws.answer(target[1].decode(), where, body)
    return _http(status, answer, "application/x-amz-json-1.1")


def _http(status: int, body: bytes, content_type: str) -> bytes:
    return (
        f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\n"
        f"x-amzn-requestid: 0\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def main(arguments: list[str]) -> None:
    context = None
    if arguments:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*arguments)
    asyncio.run(serve(Aws(), context))


if __name__ == "__main__":
    main(sys.argv[1:])
