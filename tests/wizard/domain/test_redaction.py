"""Texts of AWS and its libraries are cleaned of credentials, and otherwise stay as they are."""

import pytest

from wizard.domain.redaction import REDACTED, without_credentials

CANARY = "canary/of+the=redaction"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization: Basic {CANARY}",
        f'"Authorization": "Token {CANARY}"',
        f"aws_secret_access_key = {CANARY}",
        f"aws_session_token: {CANARY}",
        f'{{"SecretAccessKey": "{CANARY}"}}',
        f"Signature={CANARY}, x",
    ],
)
def test_what_follows_the_name_of_a_credential_is_removed(text: str) -> None:
    cleaned = without_credentials(f"Refused. {text}")
    assert CANARY not in cleaned
    assert cleaned.startswith("Refused. ")
    assert REDACTED in cleaned


def test_blanks_and_the_request_after_them_are_searched_once() -> None:
    blanks = " " * 200_000
    assert without_credentials(f"Refused{blanks}.") == f"Refused{blanks}."
    repeated = f"Refused.{blanks}The Canonical String for this request should have been {CANARY}"
    assert without_credentials(repeated) == "Refused."


def test_a_credential_that_begins_with_another_one_is_removed_whole() -> None:
    known = ("canary-key", "canary-key-in-use")
    assert without_credentials("AWS says canary-key-in-use.", known) == "AWS says [redacted]."
    assert without_credentials("AWS says canary-key.", known) == "AWS says [redacted]."
