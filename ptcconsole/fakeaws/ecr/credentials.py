"""The Secrets Manager secret of a rule's credentialArn, as ECR reads it."""

import json
import re

from moto.secretsmanager.models import (
    FakeSecret,
    ReplicaSecret,
    SecretsManagerBackend,
    secretsmanager_backends,
)

from ptcconsole.fakeaws.iam.models import service_linked_role_arn
from ptcconsole.fakeaws.lags import LAGS, LagKind
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL, Caller, denies
from ptcconsole.fakeaws.registry_login import Credential
from ptcconsole.fakeaws.variety import VARIETY

DEFAULT_KEY_ALIAS = SecretsManagerBackend.DEFAULT_KMS_KEY_ALIAS

_LIKE_A_SUFFIX = re.compile("-[A-Za-z0-9]{6}$")

_NOT_FOUND = "The secret specified in the pull through cache rule was not found."
_DELETED = "The secret specified in the pull through cache rule is scheduled for deletion."
_NO_VALUE = "The secret specified in the pull through cache rule has no value."
_NOT_ACCESSIBLE = (
    "The policy of the secret specified in the pull through cache rule denies access to it."
)
_NOT_DECRYPTABLE = (
    "The secret specified in the pull through cache rule is not encrypted with the default key of "
    "Secrets Manager and cannot be decrypted."
)
_NOT_JSON = (
    "The secret specified in the pull through cache rule does not hold a JSON object with the "
    "keys username and accessToken."
)
_NO_KEY = (
    "The secret specified in the pull through cache rule lacks the key {key}, or its value is not "
    "a non-empty string."
)


class CredentialUnreadable(Exception):
    """The secret contains no credential; the text is the reason."""


def find_secret(
    credential_arn: str, *, account_id: str, region: str
) -> FakeSecret | ReplicaSecret | None:
    """Return the secret with this ARN in the rule's own account and Region, or None.

    As in Secrets Manager, an ARN may lack the suffix. If the name ends like one, AWS warns of
    unexpected results: while answers vary, the end of the name is taken for the suffix.
    """
    arn_region, arn_account = credential_arn.split(":")[3:5]
    if (arn_region, arn_account) != (region, account_id):
        return None
    secret = secretsmanager_backends[account_id][region].secrets.get(credential_arn)
    if secret is None or LAGS[LagKind.NEW_SECRETS].hides(secret.arn):
        return None
    if VARIETY.is_on and secret.arn != credential_arn and _LIKE_A_SUFFIX.search(secret.name):
        return None
    return secret


def is_usable(secret: FakeSecret | ReplicaSecret | None) -> bool:
    """Whether ECR finds the secret: it exists, is not scheduled for deletion, and has a value."""
    return secret is not None and not secret.is_deleted() and bool(secret.versions)


def is_accessible(secret: FakeSecret | ReplicaSecret, *, account_id: str) -> bool:
    """Whether the secret's resource policy allows ECR's service-linked role to read it."""
    names = {
        ("Service", PTC_PRINCIPAL),
        ("AWS", account_id),
        ("AWS", f"arn:aws:iam::{account_id}:root"),
        ("AWS", service_linked_role_arn(account_id)),
    }
    ecr = Caller(names=frozenset(names), context={"aws:PrincipalAccount": account_id})
    # A replica has the policy of its primary secret.
    original = secret.source if isinstance(secret, ReplicaSecret) else secret
    return not denies(original.policy, "secretsmanager:GetSecretValue", ecr)


def is_decryptable(secret: FakeSecret | ReplicaSecret) -> bool:
    """Whether the secret has the default key, the only one that ECR supports."""
    return getattr(secret, "kms_key_id", None) in (None, DEFAULT_KEY_ALIAS)


def read_credential(credential_arn: str, *, account_id: str, region: str) -> Credential:
    """Return the credential in the secret's current value. Raises CredentialUnreadable."""
    secret = find_secret(credential_arn, account_id=account_id, region=region)
    if secret is None:
        raise CredentialUnreadable(_NOT_FOUND)
    if secret.is_deleted():
        raise CredentialUnreadable(_DELETED)
    if not secret.versions:
        raise CredentialUnreadable(_NO_VALUE)
    if not is_accessible(secret, account_id=account_id):
        raise CredentialUnreadable(_NOT_ACCESSIBLE)
    if not is_decryptable(secret):
        raise CredentialUnreadable(_NOT_DECRYPTABLE)
    return _credential_from(_current_text(secret))


def _current_text(secret: FakeSecret | ReplicaSecret) -> str | None:
    version_id = secret.default_version_id
    current = secret.versions[version_id] if version_id else {}
    text = current.get("secret_string")
    return text if isinstance(text, str) else None


def _credential_from(text: str | None) -> Credential:
    try:
        fields = json.loads(text or "")
    except ValueError:
        raise CredentialUnreadable(_NOT_JSON) from None
    if not isinstance(fields, dict):
        raise CredentialUnreadable(_NOT_JSON)
    for key in ("username", "accessToken"):
        if not isinstance(fields.get(key), str) or not fields[key]:
            raise CredentialUnreadable(_NO_KEY.format(key=key))
    return Credential(username=fields["username"], access_token=fields["accessToken"])
