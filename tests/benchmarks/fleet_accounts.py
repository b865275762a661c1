"""The accounts of the fast AWS: what is set, what they answer, what was asked at the same time."""

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.fleet_answers import (
    CREATED_AT,
    JSON,
    NO_RULES,
    QUERIES,
    ROLE_NAME,
    Answer,
    Call,
    denied,
    in_json,
    in_xml,
    page_of,
    placed,
    refusal,
    secret_of,
    session_arn,
    with_made,
)

# The account of the console's own credentials, which manages the organization.
MANAGER = "999999999999"
ACCOUNTS_PER_PAGE = 20

_FIRST_ACCOUNT = 100000000000


def account_ids(count: int) -> list[str]:
    """Return the IDs of the member accounts."""
    return [str(_FIRST_ACCOUNT + number) for number in range(count)]


def role_arn(account_id: str) -> str:
    """Return the role of an account that the console assumes."""
    return f"arn:aws:iam::{account_id}:role/{ROLE_NAME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `POST /settings` sets.

    `rules` are those of each account in each of `regions`; no Regions means all of them. Every
    `lacking`-th account has no rule for Docker Hub, the role of every `refusing`-th one lets nobody
    in, and every `failing`-th rule fails its validation; 0 is none. `latency` is in seconds,
    `latencies` by Region, and `jitter` the share by which they vary. Each account has in each
    Region a budget of `burst` calls that refills by `per_second`; 0 is no limit. A Region of `dead`
    never answers, and one of `closed` is denied by a service control policy.
    """

    accounts: int = 100
    rules: int = 5
    regions: tuple[str, ...] = ()
    lacking: int = 0
    refusing: int = 0
    failing: int = 0
    latency: float = 0.0
    latencies: Mapping[str, float] = field(default_factory=dict)
    jitter: float = 0.0
    burst: float = 0.0
    per_second: float = 0.0
    dead: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    session_seconds: int = 3600
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was received since the settings: calls by operation, and how many at once.

    `most_at_once` is the largest number of calls that one account had in one Region at the same
    time, and `pairs_at_once` the number of accounts with Regions by their largest number.
    `most_sessions` is the largest number of sessions that one account gave.
    """

    calls: Mapping[str, int] = field(default_factory=dict)
    throttled: int = 0
    most_at_once: int = 0
    pairs_at_once: dict[int, int] = field(default_factory=dict)
    most_in_all: int = 0
    most_sessions: int = 0
    seconds: float = 0.0


class Fleet:
    """The accounts, and what was asked of them."""

    def __init__(self) -> None:
        self.set({})

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Begin anew with these settings."""
        self.settings = Settings(**wanted)
        self._chance = random.Random(self.settings.seed)
        self._calls: Counter[str] = Counter()
        self._sessions: Counter[str] = Counter()
        self._throttled = 0
        self._now: Counter[tuple[str, str]] = Counter()
        self._most: dict[tuple[str, str], int] = {}
        self._in_all, self._most_in_all = 0, 0
        self._budgets: dict[tuple[str, str], tuple[float, float]] = {}
        self._made: defaultdict[tuple[str, str], dict[str, bytes]] = defaultdict(dict)
        self._first, self._last = 0.0, 0.0

    def seen(self) -> Seen:
        """Return what was received."""
        return Seen(
            calls=dict(self._calls),
            throttled=self._throttled,
            most_at_once=max(self._most.values(), default=0),
            pairs_at_once=dict(sorted(Counter(self._most.values()).items())),
            most_in_all=self._most_in_all,
            most_sessions=max(self._sessions.values(), default=0),
            seconds=self._last - self._first,
        )

    def begin(self, call: Call) -> float | None:
        """Count a call; return the seconds until it is answered, None for never."""
        pair = (call.account_id, call.region)
        self._calls[call.operation] += 1
        self._now[pair] += 1
        self._most[pair] = max(self._most.get(pair, 0), self._now[pair])
        self._in_all += 1
        self._most_in_all = max(self._most_in_all, self._in_all)
        self._last = time.monotonic()
        self._first = self._first or self._last
        settings = self.settings
        if call.region in settings.dead:
            return None
        latency = settings.latencies.get(call.region, settings.latency)
        return latency * (1 + settings.jitter * self._chance.uniform(-1, 1))

    def end(self, call: Call) -> None:
        """Count the end of a call, which was answered or given up."""
        self._now[call.account_id, call.region] -= 1
        self._in_all -= 1
        self._last = time.monotonic()

    def answer(self, call: Call) -> Answer:
        """Return status, body and content type."""
        is_query = call.operation in QUERIES
        if not is_query and call.region in self.settings.closed:
            return denied(call, "with an explicit deny in a service control policy")
        if not self._has_budget(call):
            self._throttled += 1
            code = "Throttling" if is_query else "ThrottlingException"
            return refusal(call, code, "Rate exceeded")
        answer = _OPERATIONS.get(call.operation)
        if answer is None:
            return refusal(call, "UnknownOperationException", f"No {call.operation} here.")
        return answer(self, call)

    def _has_budget(self, call: Call) -> bool:
        burst = self.settings.burst
        if not burst:
            return True
        pair, now = (call.account_id, call.region), time.monotonic()
        left, since = self._budgets.get(pair, (burst, now))
        left = min(burst, left + (now - since) * self.settings.per_second)
        has_some = left >= 1
        self._budgets[pair] = (left - 1 if has_some else left, now)
        return has_some

    def assume_role(self, call: Call) -> Answer:
        """Give a session of the role's account, whose access key names the account."""
        arn = str(call.members.get("RoleArn", ""))
        account_id = arn.split(":")[4] if arn.count(":") > 4 else ""
        if self._is_one_of(account_id, self.settings.refusing) or not account_id:
            return denied(call, "", resource=arn)
        self._sessions[account_id] += 1
        ends = time.gmtime(time.time() + self.settings.session_seconds)
        name = call.members.get("RoleSessionName", "")
        return in_xml(
            call,
            f"<Credentials><AccessKeyId>ASIA{account_id}0000</AccessKeyId>"
            f"<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
            f"<Expiration>{time.strftime('%Y-%m-%dT%H:%M:%SZ', ends)}</Expiration></Credentials>"
            f"<AssumedRoleUser><AssumedRoleId>AROA:{name}</AssumedRoleId>"
            f"<Arn>{session_arn(account_id, name)}</Arn></AssumedRoleUser>",
        )

    def get_caller_identity(self, call: Call) -> Answer:
        """Tell who calls."""
        account_id = call.account_id
        is_own = account_id == MANAGER
        arn = f"arn:aws:iam::{MANAGER}:user/bench" if is_own else session_arn(account_id, "s")
        return in_xml(call, f"<Account>{account_id}</Account><Arn>{arn}</Arn><UserId>U</UserId>")

    def list_accounts(self, call: Call) -> Answer:
        """List the member accounts, 20 on a page."""
        ids = account_ids(self.settings.accounts)
        begin = int(call.members.get("NextToken") or 0)
        accounts = [
            {"Id": each, "Name": f"account-{each}", "State": "ACTIVE", "Status": "ACTIVE"}
            for each in ids[begin : begin + ACCOUNTS_PER_PAGE]
        ]
        end = begin + ACCOUNTS_PER_PAGE
        return in_json({"Accounts": accounts} | ({"NextToken": str(end)} if end < len(ids) else {}))

    def describe_rules(self, call: Call) -> Answer:
        """List the rules, or those that are asked for by prefix."""
        settings, made = self.settings, self._made.get((call.account_id, call.region), {})
        count = settings.rules if not settings.regions or call.region in settings.regions else 0
        has_hub = not self._is_one_of(call.account_id, settings.lacking)
        wanted = call.members.get("ecrRepositoryPrefixes")
        begin = int(call.members.get("nextToken") or 0)
        page = page_of(count, has_hub, begin)
        if wanted is not None or (made and b"nextToken" not in page):
            page = with_made(
                page if wanted is None else page_of(count, has_hub, None), made, wanted
            )
            if wanted is not None and page == NO_RULES:
                return refusal(call, "PullThroughCacheRuleNotFoundException", "No such rule.")
        return 200, placed(page, call), JSON

    def validate_rule(self, call: Call) -> Answer:
        """Validate a rule; each of them has its lasting outcome."""
        prefix = call.members["ecrRepositoryPrefix"]
        number = sum(map(ord, prefix)) + int(call.account_id)
        fails = bool(self.settings.failing) and number % self.settings.failing == 0
        failure = {"failure": "The upstream registry rejected the credentials."} if fails else {}
        return in_json({"ecrRepositoryPrefix": prefix, "isValid": not fails, **failure})

    def change_rule(self, call: Call) -> Answer:
        """Create a rule, which lists have from now on."""
        members = {**call.members, "createdAt": CREATED_AT, "registryId": call.account_id}
        prefix = str(members["ecrRepositoryPrefix"])
        made = self._made[call.account_id, call.region]
        if prefix in made:
            return refusal(call, "PullThroughCacheRuleAlreadyExistsException", "It exists.")
        made[prefix] = json.dumps(members).encode()
        return 200, made[prefix], JSON

    def _is_one_of(self, account_id: str, every: int) -> bool:
        return bool(every) and account_id.isdecimal() and int(account_id) % every == 0


_OPERATIONS: dict[str, Callable[[Fleet, Call], Answer]] = {
    "AssumeRole": Fleet.assume_role,
    "GetCallerIdentity": Fleet.get_caller_identity,
    "ListAccounts": Fleet.list_accounts,
    "DescribePullThroughCacheRules": Fleet.describe_rules,
    "ValidatePullThroughCacheRule": Fleet.validate_rule,
    "CreatePullThroughCacheRule": Fleet.change_rule,
    "DescribeRepositories": lambda _fleet, _call: in_json({"repositories": []}),
    "DescribeRepositoryCreationTemplates": (
        lambda _fleet, _call: in_json({"repositoryCreationTemplates": []})
    ),
    "ListSecrets": lambda _fleet, call: in_json({"SecretList": [secret_of(call)]}),
    "DescribeSecret": lambda _fleet, call: in_json(secret_of(call)),
}
