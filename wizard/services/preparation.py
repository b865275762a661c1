"""What the first page of a process needs, made while the process starts.

A client for each Region and the account of the credentials cost the first page of all Regions 100
ms of processor time and a call to STS. A thread makes them, so the start does not wait. No other
call is made: opening connections would need calls to each Region that nobody asked for.
"""

import gc
import logging
import sys
from threading import Thread
from typing import Final

from wizard.backend import account, ecr, regions
from wizard.domain import Target
from wizard.domain.errors import AwsError
from wizard.services.own_credentials import in_one_line

# How long another thread waits for the interpreter's lock while this one computes; 5 ms by default.
# A page of all Regions waits for it at least twice for each thread that it starts.
SWITCH_SECONDS: Final = 0.0005

logger = logging.getLogger(__name__)


def start() -> Thread:
    """Prepare in a thread that does not keep the process alive; return it."""
    thread = Thread(target=_prepare_and_freeze, name="preparation", daemon=True)
    thread.start()
    return thread


def _prepare_and_freeze() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        prepare()
    except Exception:
        # Python would print the texts of an exception of a thread, which may contain a credential.
        logger.exception("Preparing the calls to AWS failed")
    finally:
        sys.setswitchinterval(usual)
    gc.freeze()


def prepare() -> None:
    """Ask STS for the account; for each Region, build ECR's client and sign a request.

    STS is asked first: the first page waits for its answer, and can build clients itself. It stops
    at the first failure, which the first page will meet and show too, and logs it with its remedy:
    no credentials, no answer.
    """
    try:
        account_id = account.get_caller_account()
        for region in regions.list_regions():
            ecr.prepare(Target(account_id=account_id, region=region.code))
    except AwsError as error:
        logger.error("AWS is not ready. %s", in_one_line(error))
