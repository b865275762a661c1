"""Every call of AWS is made here: with a permit if it changes something, otherwise within the
deadline of the request; and with credentials that have not expired.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from wizard.backend import attempts, clients
from wizard.backend.errors import translated
from wizard.backend.reading import read
from wizard.domain.carried_credentials import carrying
from wizard.domain.changes import check_permit
from wizard.domain.errors import CredentialsExpired, CredentialsMissing
from wizard.domain.waiting import note_change

P = ParamSpec("P")
R = TypeVar("R")


def call(method: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a boto3 client's method; raise the domain's error when it fails.

    A method that changes something needs a permit (`domain/changes.py`). AWS's words about a call
    that carries a credential do not contain it (`domain/carried_credentials.py`).
    """
    client: Any = method.__self__  # type: ignore[attr-defined]
    operation = client.meta.method_to_api_mapping[method.__name__]
    permit = check_permit(operation)

    def send(sender: Any) -> R:
        with translated(operation, region=client.meta.region_name):
            answer: R = getattr(sender, method.__name__)(*args, **kwargs)
        return answer

    with attempts.counted(), carrying(kwargs):
        if permit is None:
            return read_with_valid_credentials(client, operation, send)
        note_change()
        answer = _with_valid_credentials(client, send)
    permit.request_ids.append(_request_id(answer))
    return answer


def read_with_valid_credentials(client: Any, operation: str, send: Callable[[Any], R]) -> R:
    """`_with_valid_credentials` for what changes nothing, within the deadline of a request."""
    work = partial(_with_valid_credentials, client, send)
    return read(operation, client.meta.region_name, work)


def _with_valid_credentials(client: Any, send: Callable[[Any], R]) -> R:
    """`send` with the client; once more with a renewed one when its credentials have expired."""
    used = None
    try:
        # Credentials that are due are refreshed here, once, and not by each thread that signs.
        used = clients.renewable_session().frozen_credentials()
        return send(client)
    except (CredentialsExpired, CredentialsMissing):  # guard: F5
        renewed = clients.renewed(client, used)
        if renewed is None:
            raise
    return send(renewed)


def _request_id(answer: Any) -> str:
    request_id: str = answer.get("ResponseMetadata", {}).get("RequestId", "")
    return request_id
