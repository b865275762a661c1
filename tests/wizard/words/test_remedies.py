"""Advice for failed validations: specific to the message of AWS if possible, otherwise general."""

import pytest

from wizard.words.remedies import failure_remedy

SECRET = "The secret specified in the pull through cache rule"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("The upstream registry ghcr.io refused the login: it answered HTTP 401.", "access token"),
        ("The upstream registry cgr.dev requires authentication (HTTP 403).", "access token"),
        (f"{SECRET} is scheduled for deletion.", "Restore the rule's secret"),
        (f"{SECRET} was not found.", "Make the secret again"),
        (f"{SECRET} has no value.", "Make the secret again"),
        (f"{SECRET} is not encrypted with the default key and cannot be decrypted.", "the key aws"),
        (f"The policy of the {SECRET[4:]} denies access to it.", "resource policy"),
        (f"{SECRET} does not hold a JSON object with the keys username and accessToken.", "JSON"),
        (f"{SECRET} lacks the key accessToken.", "JSON"),
        ("The IAM role arn:aws:iam::123456789012:role/x was not found.", "IAM role exists"),
        ("The IAM role x cannot be assumed by p: its trust policy does not allow it.", "IAM role"),
        ("The upstream registry quay.io could not be reached.", "status page"),
        ("The upstream registry quay.io answered HTTP 502 to a version check.", "status page"),
        ("Something that AWS never said before.", "upstream URL and credentials"),
        ("", "upstream URL and credentials"),
    ],
)
def test_the_advice_fits_the_reason(failure: str, words: str) -> None:
    assert words in str(failure_remedy(failure))
