"""What the first page of a process needs of boto3, made while the process starts.

A client for each Region and the account of the credentials cost the first page of all Regions 160
ms of processor time and a call to STS. A thread makes them, so the start does not wait. No other
call is made: opening connections would need calls to each Region that nobody asked for.

What is loaded then stays as long as the process, and is exempted from garbage collection: a full
collection of it stopped all requests for 80 ms.
"""

import gc
import logging
from threading import Thread

from wizard.backend import account, clients, ecr, regions
from wizard.domain import Target
from wizard.domain.errors import AwsError
from wizard.services.own_credentials import in_one_line

logger = logging.getLogger(__name__)


def start() -> Thread:
    """Prepare in a thread that does not keep the process alive; return it."""
    thread = Thread(target=_prepare_and_freeze, name="preparation", daemon=True)
    thread.start()
    return thread


def _prepare_and_freeze() -> None:
    try:
        prepare()
    except Exception:
        # Python would print the texts of an exception of a thread, which may contain a credential.
        logger.exception("Preparing the calls to AWS failed")
    gc.collect()
    gc.freeze()


def prepare() -> None:
    """Read the Regions, build ECR's clients, ask STS for the account, sign a request for each.

    It stops at the first failure, which the first page will meet and show too, and logs it with its
    remedy: no credentials, no answer.
    """
    try:
        found = regions.list_regions()
        for region in found:
            clients.ecr(region.code)
        account_id = account.get_caller_account()
        for region in found:
            ecr.prepare(Target(account_id=account_id, region=region.code))
    except AwsError as error:
        logger.error("AWS is not ready. %s", in_one_line(error))
