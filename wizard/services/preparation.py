"""What the first page of a process needs, made while the process starts, or only tried.

A client for each Region and the account of the credentials cost the first page of all Regions 100
ms of processor time and a call to STS. A thread makes them, so the start does not wait. No other
call is made: opening connections would need calls to each Region that nobody asked for.

The background worker only asks for the account, so that its log tells at the start what is wrong
with its credentials. They may be others than those of the console.
"""

import gc
import logging
import sys
from collections.abc import Callable
from threading import Thread
from typing import Final

from wizard.backend import account, ecr, regions
from wizard.domain import Target
from wizard.domain.errors import AwsError
from wizard.services import places
from wizard.services.own_credentials import in_one_line

# How long another thread waits for the interpreter's lock while this one computes; 5 ms by default.
# A page of all Regions waits for it at least twice for each thread that it starts.
SWITCH_SECONDS: Final = 0.0005

logger = logging.getLogger(__name__)


def start() -> Thread:
    """Prepare in a thread that does not keep the process alive; return it."""
    return _in_a_thread(_prepare_and_freeze)


def start_trying() -> Thread:
    """Ask for the account in such a thread; return it."""
    return _in_a_thread(lambda: _logged(account.get_caller_account))


def _in_a_thread(work: Callable[[], None]) -> Thread:
    thread = Thread(target=work, name="preparation", daemon=True)
    thread.start()
    return thread


def _prepare_and_freeze() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        _logged(prepare)
    finally:
        sys.setswitchinterval(usual)
    gc.freeze()


def _logged(work: Callable[[], object]) -> None:
    """Do the work, and log its failure and a default Region that does not exist."""
    try:
        _told(work)
        _told(_tell_of_the_region)
    except Exception:
        # Python would print the texts of an exception of a thread, which may contain a credential.
        logger.exception("Preparing the calls to AWS failed")


def _told(work: Callable[[], object]) -> None:
    """Do the work, and log a failure of AWS with its remedy."""
    try:
        work()
    except AwsError as error:
        logger.error("AWS is not ready. %s", in_one_line(error))


def _tell_of_the_region() -> None:
    problem = regions.home_problem()
    if problem:
        logger.warning("%s", in_one_line(problem))


def prepare() -> None:
    """Ask STS for the account; for each Region, build ECR's client and sign a request.

    STS is asked first: the first page waits for its answer, and can build clients itself. It stops
    at the first failure, which the first page will meet and show too, and logs it with its remedy:
    no credentials, no answer.
    """
    _told(_prepare)


def _prepare() -> None:
    account_id = account.get_caller_account()
    for region in places.regions_in_use():
        ecr.prepare(Target(account_id=account_id, region=region.code))
