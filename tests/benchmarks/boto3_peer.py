"""boto3 as a peer: `python -m tests.benchmarks.boto3_peer ROUNDS` calls every Region in parallel.

It uses a thread per Region, a cached client per thread and botocore's defaults. It prints a JSON
list of rounds, each with its seconds and the number of Regions that did not answer. The first round
includes building the clients.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def clients(endpoint: str | None = None) -> dict[str, Any]:
    """A client for each Region of ECR; without an endpoint that of the environment."""
    key = "bench" if endpoint else None
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=key)
    return {
        region: session.client("ecr", region_name=region, endpoint_url=endpoint)
        for region in session.get_available_regions("ecr")
    }


def main(rounds: int) -> None:
    session, made = boto3.Session(), dict[str, Any]()
    regions = session.get_available_regions("ecr")

    def ask(region: str) -> bool:
        try:
            made[region].describe_pull_through_cache_rules()
        except (BotoCoreError, ClientError):
            return False
        return True

    told = []
    for number in range(rounds):
        start = time.perf_counter()
        if number == 0:
            made.update(clients())
        with ThreadPoolExecutor(len(regions)) as pool:
            answers = list(pool.map(ask, regions))
        told.append({"seconds": time.perf_counter() - start, "lost": answers.count(False)})
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
