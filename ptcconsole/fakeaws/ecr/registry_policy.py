"""What AWS checks in a registry policy beyond its form: actions, resources and principals."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from moto.core.utils import get_service_model
from moto.iam.exceptions import MalformedPolicyDocument

from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException
from ptcconsole.fakeaws.iam.principals import unknown_principal

# Actions of ECR that are no operations:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
_PERMISSION_ONLY = ("BatchImportUpstreamImage", "GetImageCopyStatus", "ReplicateImage")


def check(policy_text: str, *, account_id: str, region: str) -> None:
    """Raise MalformedPolicyDocument or InvalidParameterException for a policy that AWS refuses.

    Every action of ECR is accepted, as since policy scope V2. moto accepts two.
    """
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
    statements = json.loads(policy_text)["Statement"]
    own = re.compile(rf"\*|arn:aws:ecr:({region}|\*):({account_id}|\*):repository/.+")
    for statement in statements if isinstance(statements, list) else [statements]:
        for action in _texts(statement, "Action", "NotAction"):
            if not _is_known(action):
                raise MalformedPolicyDocument
        for resource in _texts(statement, "Resource", "NotResource"):
            if own.fullmatch(resource) is None:
                raise MalformedPolicyDocument
    if Check.POLICIES in CHECKS and unknown_principal(policy_text) is not None:
        raise InvalidParameterException.broken("PolicyText", "Principal not found")


def _texts(statement: dict[str, Any], *members: str) -> Iterator[str]:
    for member in members:
        value = statement.get(member, [])
        yield from map(str, value if isinstance(value, list) else [value])


def _is_known(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    return service == "ecr" and any(fnmatchcase(known, name) for known in _actions())


@lru_cache(maxsize=1)
def _actions() -> tuple[str, ...]:
    operations = get_service_model("ecr").operation_names
    return tuple(name.lower() for name in (*operations, *_PERMISSION_ONLY))
