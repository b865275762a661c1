"""What happens to the machines, one scene after another, and what must be true afterwards."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import boto3
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, connect
from tests.brokers import PASSWORD
from tests.faults.drafts import CREDENTIAL, PREFIX, confirm, docker_hub
from tests.faults.test_worker import CREATE_RULE, ELSEWHERE, VALIDATE, add_rule, start
from tests.machines import network
from tests.machines.site import PORT, Site, wait_for
from tests.person import ACCOUNT, REGION, someone
from wizard import tasks
from wizard.domain import Role
from wizard.models import (
    AuditEvent,
    BulkState,
    BulkValidation,
    FleetVerb,
    Grant,
    Operation,
    OperationState,
    PartState,
    Sweep,
    ValidationResult,
)
from wizard.services import audit, fleet_operations
from wizard.services.fleet_operations import AccountPlan
from wizard.services.operations import calls

Seen = dict[str, object]
AWAY_SECONDS = 30.0
LIST_RULES = "DescribePullThroughCacheRules"
RULES = 6


def begin(site: Site) -> None:
    """People, accounts and rules, two servers of pages and one worker."""
    ada = someone("ada")
    for account_id in (OTHER_ACCOUNT, THIRD_ACCOUNT):
        connect(site.aws, account_id, {REGION: {"quay": "quay.io"}}, regions=[REGION])
        Grant.objects.create(user=ada, role=Role.OPERATOR, account_id=account_id)
    for name in ("web1", "web2"):
        site.start_pages(name)
    for name in ("web1", "web2"):
        wait_for(partial(is_alive, site, name), f"the pages of {name}")


def a_worker_dies(site: Site) -> Seen:
    """A machine is killed in a sweep, a validation, an operation and parts of one over accounts"""
    ada = User.objects.get(username="ada")
    operation = throttled(site, ada)
    selections = [
        add_rule(f"rule-{number}", region)
        for number in range(RULES)
        for region in (REGION, ELSEWHERE)
    ]
    site.aws.clear_calls()
    site.aws.hold(operation=VALIDATE)
    site.aws.hold(operation=CREATE_RULE)
    bulk = start(ada, *selections)
    tasks.start_in_background(bulk)
    fleet = _validate_accounts(ada)
    Operation.objects.filter(pk=operation.pk).update(next_try_at=timezone.now())
    site.start_worker("one")
    held = wait_for(lambda: _called(site, VALIDATE) >= 8, "the calls of the validation")
    wait_for(lambda: _called(site, CREATE_RULE) >= 1, "the change of the operation")
    site.aws.hold(operation=LIST_RULES)
    lists = _called(site, LIST_RULES)
    due = {"due_at": timezone.now(), "finished_at": None, "queued_until": None}
    Sweep.objects.update_or_create(account_id=ACCOUNT, defaults=due)
    wait_for(lambda: _called(site, LIST_RULES) >= lists + 2, "the calls of the sweep")
    site.kill("one")
    begun = time.monotonic()
    site.start_worker("two")
    site.start_worker("three")
    before = dict(site.aws.calls())
    site.aws.release()
    wait_for(lambda: is_done(bulk), "the validation")
    validated = time.monotonic() - begun
    wait_for(lambda: is_made(operation), "the operation")
    made = time.monotonic() - begun
    wait_for(lambda: _are_done(fleet), "the parts of the accounts")
    parts = time.monotonic() - begun
    swept = Sweep.objects.filter(account_id=ACCOUNT, finished_at__isnull=False)
    wait_for(swept.exists, "the sweep")
    is_validated_once("rule-", len(selections))
    is_made_once(1)
    return {
        "seconds until its calls were held": round(held),
        "seconds until the validation was done elsewhere": round(validated),
        "the operation": round(made),
        "the parts": round(parts),
        "the sweep": round(time.monotonic() - begun),
        "calls made again": _called(site, VALIDATE) - before[VALIDATE] - len(selections),
    }


def pages_die(site: Site) -> Seen:
    """A server of pages is killed while it creates a rule; a worker finishes, the other answers"""
    site.kill("web1")
    delete_rule()
    made = Operation.objects.filter(state=OperationState.SUCCEEDED).count()
    site.aws.clear_calls()
    site.run("web1", "-m", "tests.faults.killed", "4")
    site.running["web1"].wait(120)
    begun = time.monotonic()
    assert is_alive(site, "web2")
    done = Operation.objects.filter(state=OperationState.SUCCEEDED)
    wait_for(lambda: done.count() == made + 1, "the operation")
    assert _called(site, CREATE_RULE) == 1
    return {"seconds until it was finished": round(time.monotonic() - begun)}


def a_worker_is_cut_off(site: Site) -> Seen:
    """A worker loses the database and the broker, not AWS, in the middle of a change"""
    ada = User.objects.get(username="ada")
    site.kill("three")
    delete_rule()
    operation = throttled(site, ada)
    rows = AuditEvent.objects.filter(action=CREATE_RULE, outcome="succeeded").count()
    bulk = start(ada, *(add_rule(f"cut-{number}") for number in range(RULES)))
    site.aws.clear_calls()
    site.aws.hold(operation=CREATE_RULE)
    site.aws.hold(operation=VALIDATE)
    wait_for(lambda: _called(site, VALIDATE) >= 4, "the validation")
    Operation.objects.filter(pk=operation.pk).update(next_try_at=timezone.now())
    wait_for(lambda: _called(site, CREATE_RULE) >= 1, "the change")
    machine = site.machines["two"]
    machine.cut_off(network.DATABASE, network.BROKER)
    begun = time.monotonic()
    site.start_worker("three")
    runner = Operation.objects.get(pk=operation.pk).runner
    wait_for(
        lambda: (
            Operation.objects.get(pk=operation.pk).runner not in ("", runner) or is_made(operation)
        ),
        "another runner",
    )
    taken = time.monotonic() - begun
    site.aws.release()
    wait_for(lambda: is_made(operation), "the operation")
    wait_for(lambda: is_done(bulk), "the validation")
    done = time.monotonic() - begun
    changes = _called(site, CREATE_RULE)
    machine.reconnect(network.DATABASE, network.BROKER)
    wait_for(lambda: "The database answers again" in site.log_of("two"), "the database for it")
    time.sleep(AWAY_SECONDS)
    assert _called(site, CREATE_RULE) == changes, "it went on changing AWS"
    is_validated_once("cut-", RULES)
    is_made_once(rows + 1)
    return {
        "seconds until another worker had it": round(taken),
        "until all was done": round(done),
        "calls that create, of both": changes,
    }


def the_database_is_away(site: Site) -> Seen:
    """PostgreSQL dies in the middle of a validation, and is back after 30 s"""
    ada = User.objects.get(username="ada")
    bulk = start(ada, *(add_rule(f"away-{number}") for number in range(RULES)))
    site.aws.clear_calls()
    site.aws.hold(operation=VALIDATE)
    tasks.start_in_background(bulk)
    wait_for(lambda: _called(site, VALIDATE) >= 4, "the validation")
    connection.close()
    site.database.stop()
    site.aws.release()
    time.sleep(AWAY_SECONDS)
    answers = is_alive(site, "web2", "/healthz")
    site.database.start()
    seconds = wait_for(lambda: is_done(bulk), "the validation")
    is_validated_once("away-", RULES)
    assert answers
    wait_for(lambda: is_alive(site, "web2"), "the pages")
    return {
        "seconds from its return to the end of the validation": round(seconds),
        "calls": _called(site, VALIDATE),
        "rules": RULES,
    }


def the_broker_is_away(site: Site) -> Seen:
    """The broker dies in the middle of a validation, another one begins; it is back after 30 s"""
    if site.broker is None:
        return {"not tried": "there is none"}
    ada = User.objects.get(username="ada")
    rules = [add_rule(f"broker-{number}") for number in range(RULES)]
    bulk = start(ada, *rules[:4])
    site.aws.clear_calls()
    site.aws.hold(operation=VALIDATE)
    tasks.start_in_background(bulk)
    wait_for(lambda: _called(site, VALIDATE) >= 4, "the validation")
    site.broker.kill()
    begun = time.monotonic()
    other = start(ada, *rules[4:])
    tasks.start_in_background(other)
    rung = time.monotonic() - begun
    site.aws.release()
    time.sleep(AWAY_SECONDS)
    site.broker.start()
    seconds = wait_for(lambda: is_done(bulk) and is_done(other), "both validations")
    # Calls that AWS held too long are attempted again. Each rule has one result nevertheless.
    is_validated_once("broker-", RULES)
    return {
        "seconds that ringing took without it": round(rung, 1),
        "seconds from its return to the end of what began meanwhile": round(seconds),
        "calls": _called(site, VALIDATE),
    }


def nothing_is_left(site: Site) -> Seen:
    """At the end no work is left, and the audit trail is whole"""
    verdict = audit.verify()
    assert verdict.is_whole, verdict
    left = Operation.objects.exclude(state=OperationState.SUCCEEDED).count()
    left += BulkValidation.objects.exclude(state=BulkState.DONE).count()
    assert left == 0, f"{left} are left"
    logs = "".join(site.log_of(name) for name in ("web2", "one", "two", "three"))
    assert CREDENTIAL.access_token not in logs
    assert PASSWORD not in logs
    return {"audit rows": AuditEvent.objects.count()}


SCENES: tuple[Callable[[Site], Seen], ...] = (
    a_worker_dies,
    pages_die,
    a_worker_is_cut_off,
    the_database_is_away,
    the_broker_is_away,
)


def is_alive(site: Site, name: str, path: str = "/readyz?worker=optional") -> bool:
    import urllib.request

    try:
        address = f"http://{site.machines[name].address}:{PORT}{path}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _called(site: Site, operation: str) -> int:
    return site.aws.calls().get(operation, 0)


def throttled(site: Site, ada: User) -> Operation:
    """A Create that AWS throttled: the background goes on with it, later."""
    with patch.object(calls, "wait"):
        site.aws.throttle(operation=CREATE_RULE, times=3)
        draft = docker_hub(draft_id=uuid.uuid4().hex)
        operation = confirm(draft, credential=CREDENTIAL, actor=ada).operation
    assert operation.state == OperationState.WAITING, operation.state
    later = timezone.now() + timedelta(minutes=10)
    Operation.objects.filter(pk=operation.pk).update(next_try_at=later)
    return operation


def _validate_accounts(ada: User) -> uuid.UUID:
    plans = [
        AccountPlan(account_id=each, regions=(REGION,), rules=(f"{REGION}/quay",))
        for each in (OTHER_ACCOUNT, THIRD_ACCOUNT)
    ]
    number = uuid.uuid4()
    fleet_operations.start(operation_id=number, verb=FleetVerb.VALIDATE, accounts=plans, actor=ada)
    tasks.begin_parts(number)
    return number


def is_done(bulk: BulkValidation) -> bool:
    return BulkValidation.objects.filter(pk=bulk.pk, state=BulkState.DONE).exists()


def is_made(operation: Operation) -> bool:
    return Operation.objects.filter(pk=operation.pk, state=OperationState.SUCCEEDED).exists()


def _are_done(operation_id: uuid.UUID) -> bool:
    from wizard.models import FleetPart

    parts = FleetPart.objects.filter(operation_id=operation_id)
    return parts.exists() and not parts.exclude(state=PartState.DONE).exists()


def is_validated_once(prefix: str, number: int) -> None:
    found = ValidationResult.objects.filter(ecr_repository_prefix__startswith=prefix).count()
    assert found == number, f"{found} results for {number} rules"


def is_made_once(rows: int) -> None:
    answer = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    made = [each["ecrRepositoryPrefix"] for each in answer["pullThroughCacheRules"]]
    assert made.count(PREFIX) == 1, made
    found = AuditEvent.objects.filter(action=CREATE_RULE, outcome="succeeded").count()
    assert found == rows, f"{found} rows for {rows} changes"


def delete_rule() -> None:
    client = boto3.client("ecr", region_name=REGION)
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix=PREFIX)
    boto3.client("secretsmanager", region_name=REGION).delete_secret(
        SecretId="ecr-pullthroughcache/hub", ForceDeleteWithoutRecovery=True
    )
