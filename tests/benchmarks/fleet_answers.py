"""The answers of the AWS of many accounts: calls, pages of rules, protocols, refusals."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

ROLE_NAME = "PtcConsole"
PAGE = 100
CREATED_AT = 1790000000.0
# The operations that are answered in XML.
QUERIES = frozenset({"AssumeRole", "GetCallerIdentity"})

# What the pages are made of before an account and a Region are put into them.
_ACCOUNT, _REGION = "@ACCOUNT@", "@REGION@"
_LOGIN = f"arn:aws:secretsmanager:{_REGION}:{_ACCOUNT}:secret:ecr-pullthroughcache/login-AbCdEf"
_UPSTREAMS = (
    ("docker-hub", "registry-1.docker.io", "docker-hub", _LOGIN),
    ("quay", "quay.io", "quay", None),
    ("kubernetes", "registry.k8s.io", "k8s", None),
    ("github", "ghcr.io", "github-container-registry", _LOGIN),
    ("ecr-public", "public.ecr.aws", "ecr-public", None),
)

JSON, XML = "application/x-amz-json-1.1", "text/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its operation, account and Region, and the members of the request."""

    operation: str
    account_id: str
    region: str
    members: Mapping[str, Any]


Answer = tuple[int, bytes, str]


def secret_of(call: Call) -> dict[str, Any]:
    arn = _LOGIN.replace(_REGION, call.region).replace(_ACCOUNT, call.account_id)
    name = "ecr-pullthroughcache/login"
    return {"ARN": arn, "Name": name, "CreatedDate": CREATED_AT, "LastChangedDate": CREATED_AT}


@cache
def page_of(count: int, has_hub: bool, begin: int | None) -> bytes:
    """Return a page of rules, or all of them without a beginning."""
    rules = []
    for number in range(count):
        prefix, url, kind, secret = _UPSTREAMS[number % len(_UPSTREAMS)]
        if prefix == "docker-hub" and not has_hub:
            continue
        round_of = number // len(_UPSTREAMS)
        rules.append(
            {
                "ecrRepositoryPrefix": f"{prefix}-{round_of}" if round_of else prefix,
                "upstreamRegistryUrl": url,
                "createdAt": CREATED_AT,
                "registryId": _ACCOUNT,
                "upstreamRegistry": kind,
                "upstreamRepositoryPrefix": "ROOT",
            }
            | ({"credentialArn": secret} if secret else {})
        )
    first = begin or 0
    page: dict[str, Any] = {"pullThroughCacheRules": rules}
    if begin is not None:
        page["pullThroughCacheRules"] = rules[first : first + PAGE]
        if first + PAGE < len(rules):
            page["nextToken"] = str(first + PAGE)
    return json.dumps(page).encode()


NO_RULES = json.dumps({"pullThroughCacheRules": []}).encode()


def with_made(page: bytes, made: Mapping[str, bytes], wanted: list[str] | None) -> bytes:
    rules = json.loads(page)["pullThroughCacheRules"] + [json.loads(each) for each in made.values()]
    if wanted is not None:
        rules = [rule for rule in rules if rule["ecrRepositoryPrefix"] in wanted]
    return json.dumps({"pullThroughCacheRules": rules}).encode()


def placed(page: bytes, call: Call) -> bytes:
    page = page.replace(_ACCOUNT.encode(), call.account_id.encode())
    return page.replace(_REGION.encode(), call.region.encode())


def session_arn(account_id: str, name: str) -> str:
    return f"arn:aws:sts::{account_id}:assumed-role/{ROLE_NAME}/{name}"


def in_json(members: Mapping[str, Any]) -> Answer:
    return 200, json.dumps(members).encode(), JSON


def in_xml(call: Call, result: str) -> Answer:
    name = call.operation
    body = (
        f"<{name}Response><{name}Result>{result}</{name}Result>"
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{name}Response>"
    )
    return 200, body.encode(), XML


def denied(call: Call, reason: str, *, resource: str = "*") -> Answer:
    is_query = call.operation in QUERIES
    who = session_arn(call.account_id, "s")
    action = f"{'sts' if is_query else 'ecr'}:{call.operation}"
    message = f"User: {who} is not authorized to perform: {action} on resource: {resource} {reason}"
    return refusal(call, "AccessDenied" if is_query else "AccessDeniedException", message.strip())


def refusal(call: Call, code: str, message: str) -> Answer:
    if call.operation not in QUERIES:
        return 400, json.dumps({"__type": code, "message": message}).encode(), JSON
    status = 403 if code == "AccessDenied" else 400
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        "</Error><RequestId>0</RequestId></ErrorResponse>"
    )
    return status, body.encode(), XML
