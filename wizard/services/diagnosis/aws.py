"""Checks of the way to AWS: configuration, network, credentials, clock, Regions, permissions.

Every call is one that reads. The account's policies decide what can be told: where IAM may not be
asked, the permissions are unknown and not missing.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.request import getproxies, proxy_bypass

from django.db import DatabaseError, InterfaceError

from wizard.backend import account, ecr
from wizard.backend.clock_skew import get_clock_skew
from wizard.domain import Region, Target
from wizard.domain.clocks import CLOCK_TOLERANCE
from wizard.domain.errors import AwsError, ClockSkewed
from wizard.domain.principals import Principal
from wizard.services import permissions, places
from wizard.services.diagnosis.findings import Finding, bad, good, not_asked, warning
from wizard.services.fanout import RegionAnswer, fan_out
from wizard.services.own_credentials import in_one_line, problem_of_configuration

# A shell may wait longer than a page.
_REGIONS_SECONDS: Final = 20.0
_HOST: Final = "api.ecr.us-east-1.amazonaws.com"
_BUNDLES: Final = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


def findings() -> Iterator[Finding]:
    """Yield what is found, each as soon as it is known."""
    yield _configuration()
    yield _proxies()
    yield _certificates()
    try:
        account_id = account.get_caller_account()
        caller = account.get_caller()
    except AwsError as error:
        yield from _without_identity(error)
        return
    yield good("Credentials", _who(account_id, caller))
    yield _clock()
    yield from _regions(account_id)
    yield _permissions(Target(account_id=account_id, region=places.home_region()))


def _without_identity(error: AwsError) -> Iterator[Finding]:
    """Yield what failed under its own name, and what depends on it."""
    failed = "Clock" if isinstance(error, ClockSkewed) else "Credentials"
    yield _of_error(failed, error)
    for subject in ("Credentials", "Clock", "Regions", "Permissions"):
        if subject != failed:
            yield not_asked(subject, "AWS has to answer whose credentials these are first.")


def _configuration() -> Finding:
    problem = problem_of_configuration()
    if problem is None:
        return good("AWS configuration", f"opens in {places.home_region()}")
    return _of_error("AWS configuration", problem)


def _proxies() -> Finding:
    proxy = getproxies().get("https", "")
    if not proxy:
        return good("Proxy", "none")
    if proxy_bypass(_HOST):
        return good("Proxy", "AWS is reached directly (NO_PROXY)")
    # A proxy's address may hold a password.
    return good("Proxy", f"AWS is reached through {proxy.rpartition('@')[2]}")


def _certificates() -> Finding:
    for name in _BUNDLES:
        path = os.environ.get(name, "")
        if path and not os.access(path, os.R_OK):
            return bad(
                "Certificates",
                f"{name} names {Path(path)}, which this user cannot read.",
                f"Correct {name}, or let the user of the service read the file.",
            )
        if path:
            return good("Certificates", f"{path} ({name})")
    return good("Certificates", "those of botocore")


def _who(account_id: str, caller: Principal) -> str:
    return f"account {account_id}, {caller.arn}" if caller.arn else f"account {account_id}"


def _clock() -> Finding:
    try:
        skew = get_clock_skew()
    except AwsError as error:
        return _of_error("Clock", error)
    if skew is None:
        return warning("Clock", "AWS's answer has no time.", "Look whether a proxy changes it.")
    seconds = round(skew.total_seconds())
    told = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} AWS's"
    if abs(skew) >= CLOCK_TOLERANCE:
        return bad("Clock", told, "Set it, and start NTP (`timedatectl set-ntp true`).")
    if abs(skew) >= timedelta(minutes=1):
        return warning("Clock", told, "Start NTP (`timedatectl set-ntp true`).")
    return good("Clock", told if seconds else "that of AWS")


def _regions(account_id: str) -> Iterator[Finding]:
    """Ask each Region in use for its rules: one finding for all, one for each other reason."""
    in_use = _in_use(account_id)
    targets = [Target(account_id=account_id, region=each.code) for each in in_use]
    told: list[RegionAnswer[object]] = list(
        fan_out(targets=targets, call=ecr.describe_rules, deadline_seconds=_REGIONS_SECONDS)
    )
    silent = {each.target.region: each.error for each in told if each.error is not None}
    answering = f"{len(told) - len(silent)} of {len(told)} answer"
    if len(silent) == len(told):
        yield bad("Regions", answering, "Look at the reasons below.")
    else:
        yield good("Regions", answering)
    reasons: dict[tuple[str, str], list[str]] = {}
    for region, error in sorted(silent.items()):
        reasons.setdefault((str(error.title), str(error.remedy)), []).append(region)
    for (title, remedy), regions in reasons.items():
        subject = "Region" if len(regions) == 1 else "Regions"
        first = silent[regions[0]].message
        yield warning(f"{subject} {', '.join(regions)}", f"{title}. {first}".strip(), remedy)


def _in_use(account_id: str) -> tuple[Region, ...]:
    """Return the Regions in use; those of the setting while the database does not answer."""
    try:
        return places.regions_in_use(account_id)
    except (DatabaseError, InterfaceError):
        return places.regions_in_use()


def _permissions(target: Target) -> Finding:
    try:
        found = permissions.check_everything(target=target)
    except AwsError as error:
        return _of_error("Permissions", error)
    known = len(found.decisions)
    if found.obstacle is not None and not known:
        return warning(
            "Permissions",
            f"IAM does not tell what these credentials may do ({found.obstacle.value}).",
            "Allow iam:SimulatePrincipalPolicy and iam:GetRole on the role or user itself, or"
            " ignore this: AWS decides when it is called.",
        )
    denied = [each for each in found.decisions.values() if each.is_denied]
    certain = sorted(each.action for each in denied if each.is_certain)
    if certain:
        return bad(
            "Permissions",
            f"{len(certain)} of {known} actions are not allowed: {', '.join(certain)}.",
            "Compare the policy with the page Permissions, or with OPERATIONS.md.",
        )
    if denied:
        unsure = ", ".join(sorted(each.action for each in denied))
        return warning(
            "Permissions",
            f"Whether these are allowed depends on conditions that IAM cannot evaluate: {unsure}.",
            "Look at the page Permissions, which names the condition keys.",
        )
    return good("Permissions", f"{known} actions in {target.region} are allowed")


def _of_error(subject: str, error: AwsError) -> Finding:
    told = f"{error.title}. {error.message}".strip()
    return bad(subject, told, str(error.remedy) or in_one_line(error))
