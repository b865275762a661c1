"""The client of the control pages under `/_fakeaws/`, for tests.

It has one method per page of `hooks` and uses HTTP, so the server can be another process. It does
not import moto.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, TypedDict, Unpack

import urllib3

AccountState = Literal["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"]
CheckName = Literal["iam", "keys", "policies", "permissions"]
LagName = Literal["new-secrets", "listed-secrets", "roles", "replicas", "regions", "previews"]

# The reads after which an unkind AWS shows a change.
UNKIND_READS: Mapping[LagName, int] = MappingProxyType(
    {"new-secrets": 1, "listed-secrets": 1, "roles": 1, "replicas": 2, "regions": 1, "previews": 2}
)


# What a policy that closes Regions leaves open.
_GLOBAL_ACTIONS = ["iam:*", "organizations:*", "sts:*", "support:*"]

# The policy of an administrator.
EVERYTHING: Mapping[str, Any] = MappingProxyType(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)


class Which(TypedDict, total=False):
    """The calls that a fault applies to, and how many of them; by default every call.

    `service` is the signing name (`ecr`, `iam`, ...), `operation` its name in the API, and
    `access_key` the ID of the signing key.
    """

    service: str
    operation: str
    region: str
    access_key: str
    times: int


class FakeAwsControl:
    """Controls the simulated AWS at a URL. The most recent fault that matches a call applies."""

    def __init__(self, url: str) -> None:
        self._control_url = url

    @property
    def url(self) -> str:
        """Return the endpoint URL for AWS clients."""
        return self._control_url

    def refuse(self, **which: Unpack[Which]) -> None:
        """Answer that access is denied."""
        self._order("refuse", which)

    def throttle(
        self,
        *,
        share: float = 1,
        seed: int = 0,
        code: str | None = None,
        status: int | None = None,
        **which: Unpack[Which],
    ) -> None:
        """Throttle a share (0 to 1) of the calls; the same seed selects the same calls.

        `code` and `status` replace the service's own: 429 with TooManyRequestsException is what
        front ends of AWS answer.
        """
        self._order("throttle", which, share=share, seed=seed, code=code, status=status)

    def limit_rate(
        self,
        *,
        burst: int,
        per_second: float = 0,
        code: str | None = None,
        status: int | None = None,
        **which: Unpack[Which],
    ) -> None:
        """Throttle calls beyond a budget of each operation and Region, which refills with time."""
        budget = {"burst": burst, "per_second": per_second}
        self._order("limit-rate", which, code=code, status=status, **budget)

    def expire_credentials(self, **which: Unpack[Which]) -> None:
        """Answer that the session token has expired."""
        self._order("expire", which)

    def fail(
        self,
        *,
        code: str | None = None,
        message: str | None = None,
        status: int | None = None,
        **which: Unpack[Which],
    ) -> None:
        """Answer with the service's HTTP 500, or with the given code (status 400 by default)."""
        self._order("fail", which, code=code, message=message, status=status)

    def unreachable(self, **which: Unpack[Which]) -> None:
        """Close the connection without executing the call."""
        self._order("unreachable", which)

    def lose_answer(self, **which: Unpack[Which]) -> None:
        """Execute the call, then close the connection without a response."""
        self._order("lose-answer", which)

    def hold(self, **which: Unpack[Which]) -> None:
        """Block the call before it is executed, until `release`, `clear_faults` or `reset`."""
        self._order("hold", which)

    def slow(self, seconds: float, **which: Unpack[Which]) -> None:
        """Delay the call."""
        self._order("slow", which, seconds=seconds)

    def malform_answer(self, **which: Unpack[Which]) -> None:
        """Execute the call and answer HTTP 200 with half of the body."""
        self._order("malform-answer", which)

    def cut_answer(self, **which: Unpack[Which]) -> None:
        """Execute the call and close the connection in the middle of the response."""
        self._order("cut-answer", which)

    def garble_answer(self, body: str, **which: Unpack[Which]) -> None:
        """Execute the call and answer HTTP 200 with this body."""
        self._order("garble-answer", which, message=body)

    def answer_oddly(self, form: str, *, is_executed: bool = True, **which: Unpack[Which]) -> None:
        """Execute the call or not, and send a form of `odd_answers` over the connection."""
        self._order("answer-oddly", which, message=form, is_executed=is_executed)

    def unknown_registry(self, kind: str | None = None, **which: Unpack[Which]) -> None:
        """Describe rules with an unknown upstream registry, by default `future-registry`."""
        self._order("unknown-registry", which, message=kind)

    def endless_pages(self, **which: Unpack[Which]) -> None:
        """Return the same page of a list with a new token forever. For JSON services."""
        self._order("endless-pages", which)

    def latency(self, seconds: Mapping[str, float], *, others: float = 0) -> None:
        """Set the latency of each Region; replaces all earlier values."""
        self._send("POST", "latency", {"seconds": dict(seconds), "others": others})

    def lag(self, what: LagName, *, reads: int = 0, seconds: float = 0) -> None:
        """Let changes from now on be seen late, after a number of reads and of seconds.

        `new-secrets`: ECR does not see a new secret. `listed-secrets`: ListSecrets shows what was
        before a change. `roles`: ECR and STS use a role as it was before a change. `replicas`: a
        new replica is InProgress. `regions`: an opt-in Region is ENABLING or DISABLING.
        """
        self._send("POST", f"lags/{what}", {"reads": reads, "seconds": seconds})

    def hide_new_secrets(self, times: int) -> None:
        """Hide secrets created from now on from ECR for the given number of reads."""
        self.lag("new-secrets", reads=times)

    def be_unkind(self, *, app_id: str) -> None:
        """Be to one application as AWS is on its worse days: changes lag, answers vary, all checks.

        Until `clear_faults` or `reset`.
        """
        self._send("POST", "audience", {"app_id": app_id})
        for what, reads in UNKIND_READS.items():
            self.lag(what, reads=reads)
        self.vary_answers()
        self.check("keys", "policies", "permissions")

    def check(self, *what: CheckName) -> None:
        """Check what is not checked otherwise, as AWS does always.

        `iam`: each call of a user or role needs to be allowed by the policies that it has, inline
        and attached, within its permissions boundary; so do the permissions that a call implies.
        `keys`: an access key that AWS did not issue is refused, except the example of AWS's
        documentation with its secret. `policies`: trust policies are policies, and the principals
        of trust and registry policies exist. `permissions`: a caller that IAM knows needs the
        permissions that creating and validating a rule imply.
        """
        self._send("POST", "checks", {"checks": what})

    def limit_anybody(self, policy: Mapping[str, Any]) -> None:
        """Let callers that IAM does not know do what this policy allows, and check `iam`.

        While the AWS is unkind to one application, it is limited alone. Without this, such callers
        may do everything.
        """
        self._send("POST", "anybody", {"policy": dict(policy)})

    def vary_answers(self, *, is_on: bool = True) -> None:
        """Answer as AWS may but rarely does: short pages, another order, absent members."""
        self._send("POST", "variety", {"is_on": is_on})

    def set_clock(self, *, ahead: float) -> None:
        """Set AWS's clock ahead of this machine's by seconds; negative: behind."""
        self._send("POST", "clock", {"skew": ahead, "passes": 0})

    def pass_time(self, seconds: float) -> None:
        """Let what is stored become older: sessions, deletions that are scheduled, versions."""
        self._send("POST", "clock", {"passes": seconds})

    def switch_off_region(self, region: str, *, account_id: str = "123456789012") -> None:
        """Disable an opt-in Region of an account, which then refuses the account's credentials."""
        self._send("POST", f"regions/{account_id}", {region: False})

    def switch_on_region(self, region: str, *, account_id: str = "123456789012") -> None:
        """Enable the Region."""
        self._send("POST", f"regions/{account_id}", {region: True})

    def keys_of(self, account_id: str) -> dict[str, str]:
        """Return an access key of any account, as keyword arguments of boto3."""
        keys: dict[str, str] = self._send("POST", f"keys/{account_id}")
        return keys

    def add_account(
        self,
        account_id: str,
        *,
        role: str = "PtcConsole",
        external_id: str | None = None,
        trusts: str | list[str] = "123456789012",
        max_session_duration: int = 3600,
        policy: Mapping[str, Any] = EVERYTHING,
        rules: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> str:
        """Make a role in an account that another account may assume, and rules; return its ARN.

            arn = aws.add_account("210987654321", external_id="...")
            aws.add_account("210987654321", rules={"eu-west-1": {"quay": "quay.io"}}, role="")

        The role trusts `trusts`: an account ID, ARNs, or `"*"` for everybody. It demands the
        external ID, or none if that is None. `role` may have a path (`team/PtcConsole`); if it is
        empty, there is no role. A role that exists gets this trust, duration and policy instead of
        its own, so the role of another external ID or of another account is a second call.
        `policy` is its inline policy, which is evaluated only where policies are checked.
        `rules` are upstream URLs by Region and prefix; a rule that exists stays. A rule whose
        upstream needs a credential gets a secret with a valid one, `ecr-pullthroughcache/PREFIX`.
        Everything else in the account is made by boto3 with `keys_of(account_id)`.
        """
        order = {
            "role": role,
            "external_id": external_id,
            "trusts": trusts,
            "max_session_duration": max_session_duration,
            "policy": dict(policy),
            "rules": {region: dict(upstreams) for region, upstreams in rules.items()},
        }
        return str(self._send("POST", f"accounts/{account_id}", order))

    def add_to_organization(
        self,
        account_id: str,
        *,
        name: str = "",
        state: AccountState = "ACTIVE",
        manager: str = "123456789012",
    ) -> None:
        """Add an account to an organization, which begins with the first, or change it there.

        `manager` is the management account, which may list the accounts. A member is refused,
        unless boto3's `register_delegated_administrator` made it one, and an account of no
        organization is told AWSOrganizationsNotInUseException. `state` is the account's in the
        list: the account itself goes on answering.
        """
        order = {"name": name or f"account-{account_id}", "state": state, "manager": manager}
        self._send("POST", f"organization/{account_id}", order)

    def restrict(self, account_id: str, *statements: Mapping[str, Any]) -> None:
        """Attach a service control policy of these statements to a member of an organization.

        It binds every caller of the account, whatever its own policies allow, and it replaces the
        former one. Without statements there is none.
        """
        order = {"statements": [dict(each) for each in statements]}
        self._send("POST", f"restrictions/{account_id}", order)

    def close_regions(self, account_id: str, *regions: str, actions: str = "*") -> None:
        """Deny a member of an organization everything in these Regions, or some actions only.

        `add_to_organization` comes first. IAM, STS and Organizations go on, as in the policy of
        AWS's documentation. Without Regions, all are open again. A Region that the account itself
        closes is `switch_off_region`.
        """
        about = {"Action": actions} if actions != "*" else {"NotAction": _GLOBAL_ACTIONS}
        condition = {"StringEquals": {"aws:RequestedRegion": list(regions)}}
        denial = {"Effect": "Deny", **about, "Resource": "*", "Condition": condition}
        self.restrict(account_id, *([denial] if regions else []))

    def release(self, *, region: str = "") -> None:
        """Unblock held calls and hold no more; with a Region, what was held of it alone.

        Other faults stay.
        """
        self._send("POST", f"release?region={region}" if region else "release")

    def clear_faults(self) -> None:
        """Clear faults, latency, lags, checks, variety, clock, Regions; unblock held calls."""
        self._send("DELETE", "faults")

    def calls(self) -> dict[str, int]:
        """Return the number of calls by operation, including failed ones."""
        counts: dict[str, int] = self._send("GET", "calls")
        return counts

    def calls_of_app(self, app_id: str) -> dict[str, int]:
        """Return those of one application since the last `reset`, which `clear_calls` keeps."""
        counts: dict[str, int] = self._send("GET", f"apps/{app_id}/calls")
        return counts

    def wait_for_call(self, operation: str, count: int = 1) -> None:
        """Wait for a number of calls. Raises TimeoutError after 10 seconds."""
        if not self._send("GET", f"calls/{operation}?count={count}")["called"]:
            raise TimeoutError(f"{operation} was not called {count} times")

    def clear_calls(self) -> None:
        """Reset the counts by operation."""
        self._send("DELETE", "calls")

    def map_upstream(self, host: str, url: str) -> None:
        """Map an upstream host to a registry on this machine."""
        self._send("POST", "upstreams", {host: url})

    def upstreams(self) -> dict[str, str]:
        """Return the base URL of each upstream host."""
        base_urls: dict[str, str] = self._send("GET", "upstreams")
        return base_urls

    def reset(self) -> None:
        """Reset everything: state, faults, counts, and upstreams to the pretend registry."""
        self._send("POST", "reset")

    def _order(self, kind: str, which: Which, **details: Any) -> None:
        self._send("POST", "faults", {"kind": kind, **which, **details})

    def _send(self, method: str, page: str, body: Any = None) -> Any:
        # A new connection each time, so that no connection is open when a test ends.
        with urllib3.PoolManager(retries=False) as http:
            answer = http.request(method, f"{self.url}/_fakeaws/{page}", json=body)
        if answer.status != 200:
            raise ValueError(f"{method} {page}: HTTP {answer.status}: {answer.data.decode()}")
        return answer.json()
