"""Access keys for any account, so that a client can act in another than the default one.

Each account has one IAM user for this. AWS has no such call.
"""

from moto.iam.models import iam_backends

ADMINISTRATOR = "administrator"
_PARTITION = "aws"


def access_key_of(account_id: str) -> dict[str, str]:
    """Return the account's key, always the same. Raises ValueError for an invalid account ID."""
    if len(account_id) != 12 or not account_id.isdecimal():
        raise ValueError(f"{account_id} is not an account id")
    iam = iam_backends[account_id][_PARTITION]
    if ADMINISTRATOR not in iam.users:
        iam.create_user("us-east-1", ADMINISTRATOR)
        iam.create_access_key(ADMINISTRATOR)
    (key,) = iam.users[ADMINISTRATOR].access_keys
    return {
        "aws_access_key_id": key.access_key_id,
        "aws_secret_access_key": key.secret_access_key,
    }
