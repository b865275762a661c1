"""botocore's session with the event handlers of the services that the console uses.

botocore has handlers of its own for dozens of services, most of them for S3 and for generated
documentation, and copies them all for each client: a sixth of the time that a client takes to make.
"""

from typing import Any, Final

import botocore.session
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST

# The services as botocore's events name them; the credential chain asks the last three, and STS.
_SERVICES: Final = (
    *("", "*", "ecr", "iam", "secrets-manager", "sts", "organizations"),
    *("sso", "sso-oidc", "signin"),
)


def new_session() -> Any:
    """Return a new session of botocore."""
    core = botocore.session.Session(include_builtin_handlers=False)
    events: Any = core.get_component("event_emitter")
    register = {
        (): events.register,
        (REGISTER_FIRST,): events.register_first,
        (REGISTER_LAST,): events.register_last,
    }
    for event, handler, *place in BUILTIN_HANDLERS:
        if _is_used(event):
            register[tuple(place)](event, handler)
    return core


def _is_used(event: str) -> bool:
    """Whether an event such as `before-call.ec2.CopySnapshot` is one of all services or of ours."""
    kind, _, rest = event.partition(".")
    return kind != "docs" and rest.partition(".")[0] in _SERVICES
