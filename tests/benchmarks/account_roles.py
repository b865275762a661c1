"""The roles of thousands of accounts in one process: their memory, and the time of calls by them.

`python -m tests.benchmarks.account_roles` measures in its own process and prints JSON.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from statistics import median

from tests.benchmarks.client_cache import grown
from tests.benchmarks.figures import Figure, seconds_of
from tests.benchmarks.fleet_accounts import MANAGER, account_ids, role_arn
from tests.benchmarks.servers import REGION, ROOT, client_environment, fleet_aws

ACCOUNTS = 5000
CALLS = 200


def measure() -> Iterator[Figure]:
    with fleet_aws() as fleet:
        command = [sys.executable, "-m", "tests.benchmarks.account_roles"]
        environment = client_environment(fleet)
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        asked = fleet.seen()
    told: dict[str, float] = json.loads(done.stdout)
    yield Figure(
        number=24,
        name=f"Memory of {ACCOUNTS:,} accounts with a session each",
        value=told["bytes"] / 1024 / 1024,
        unit="MB",
        target=50,
        rule="at most 50 MB",
    )
    yield Figure(
        number=24, name="AssumeRole of one account", value=told["assume"] * 1000, unit="ms"
    )
    yield Figure(
        number=24,
        name="A call by a role whose session is there",
        value=told["role"] * 1000,
        unit="ms",
        peer={"the same with the console's own credentials": told["own"] * 1000},
    )
    yield Figure(
        number=24,
        name="A line of the log, cleaned of the secrets of all sessions",
        value=told["log"] * 1000,
        unit="ms",
    )
    yield Figure(
        number=24,
        name=f"Calls of AssumeRole for {ACCOUNTS:,} accounts, {CALLS} of them used again",
        value=float(asked["calls"].get("AssumeRole", 0)),
        unit="calls",
        target=ACCOUNTS,
        rule="one for each account",
    )


def main() -> None:
    from ptcconsole.logs import redacted
    from wizard.backend import ecr
    from wizard.backend.account_roles import assumed_roles
    from wizard.domain import Target
    from wizard.domain.accounts import AccountRole

    def target(account_id: str) -> Target:
        return Target(account_id=account_id, region=REGION)

    accounts = account_ids(ACCOUNTS)
    ecr.describe_rules(target(MANAGER))

    def assume(account_id: str) -> None:
        assumed_roles.use(
            AccountRole(
                account_id=account_id,
                role_arn=role_arn(account_id),
                external_id=f"ptc-{account_id}",
            )
        )
        found = assumed_roles.find(account_id)
        assert found is not None
        found.keys()

    def assume_all() -> None:
        for account_id in accounts[1:]:
            assume(account_id)

    assume(accounts[0])
    bytes_grown, seconds = grown(assume_all)
    some = accounts[:: ACCOUNTS // CALLS]
    line = "GET /210987654321/us-east-2/rules/ 200 in 0.052 s, request 8d4a69fb-b536-421b-8324"
    figures = {
        "bytes": bytes_grown,
        "assume": seconds / (ACCOUNTS - 1),
        "role": median(seconds_of(partial(ecr.describe_rules, target(each))) for each in some),
        "own": median(seconds_of(lambda: ecr.describe_rules(target(MANAGER))) for _ in some),
        "log": median(seconds_of(lambda: redacted(line)) for _ in range(CALLS)),
    }
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
