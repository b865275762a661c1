"""Every call of AWS is made here: with a permit if it changes something, otherwise within the
deadline of the request; and with credentials that have not expired.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from wizard.backend import attempts
from wizard.backend.errors import translated
from wizard.backend.reading import read
from wizard.domain.carried_credentials import carrying
from wizard.domain.changes import check_permit
from wizard.domain.waiting import note_change

P = ParamSpec("P")
R = TypeVar("R")


def call(method: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a method of an account's client; raise the domain's error when it fails.

    A method that changes something needs a permit (`domain/changes.py`). AWS's words about a call
    that carries a credential do not contain it (`domain/carried_credentials.py`).
    """
    client: Any = method.__self__  # type: ignore[attr-defined]
    operation = client.meta.method_to_api_mapping[method.__name__]
    permit = check_permit(operation)

    def send(sender: Any) -> R:
        with translated(operation, region=client.meta.region_name):
            heard: R = getattr(sender, method.__name__)(*args, **kwargs)
        return heard

    with attempts.counted(), carrying(kwargs):
        if permit is None:
            told: R = read_signed(client, operation, send)
            return told
        note_change()
        answer: R = client.sent(send)
    permit.request_ids.append(_request_id(answer))
    return answer


def read_signed(client: Any, operation: str, send: Callable[[Any], R]) -> R:
    """`send` with an account's client (`AccountClient.sent`), within the deadline of a request.

    It must change nothing.
    """
    work: Callable[[], R] = partial(client.sent, send)
    return read(operation, client.meta.region_name, work, account_id=client.account_id)


def _request_id(answer: Any) -> str:
    request_id: str = answer.get("ResponseMetadata", {}).get("RequestId", "")
    return request_id
