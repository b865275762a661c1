"""Reasons of failed validations: specific to AWS's message if possible, with cures of their own."""

import pytest

from wizard.domain import SecretProblem, errors
from wizard.domain.failures import FAILURE_KEYS, OTHER
from wizard.words import (
    CURE_LABELS,
    Cure,
    error_reason,
    failure_reason,
    problem_reason,
)
from wizard.words.remedies import FAILURE_REASONS

SECRET = "The secret specified in the pull through cache rule"
ROLE = "The IAM role arn:aws:iam::123456789012:role/assume-trust-secret"


@pytest.mark.parametrize(
    ("failure", "key", "cure"),
    [
        (
            "The upstream registry ghcr.io refused the login: it answered HTTP 401.",
            "login-refused",
            Cure.REPLACE_TOKEN,
        ),
        (
            "The upstream registry cgr.dev requires authentication (HTTP 403).",
            "login-refused",
            Cure.REPLACE_TOKEN,
        ),
        (f"{SECRET} is scheduled for deletion.", "secret-deleted", Cure.RESTORE_SECRET),
        (f"{SECRET} was not found.", "secret-missing", Cure.CHOOSE_SECRET),
        (f"{SECRET} has no value.", "secret-empty", Cure.REPLACE_TOKEN),
        (
            f"{SECRET} is not encrypted with the default key and cannot be decrypted.",
            "secret-key",
            Cure.CHOOSE_SECRET,
        ),
        (f"The policy of the {SECRET[4:]} denies access to it.", "secret-denied", "secret-policy"),
        (
            f"{SECRET} does not hold a JSON object with the keys username and accessToken.",
            "secret-format",
            Cure.REPLACE_TOKEN,
        ),
        (f"{SECRET} lacks the key accessToken.", "secret-format", Cure.REPLACE_TOKEN),
        (f"{ROLE} was not found.", "role-missing", Cure.CHOOSE_ROLE),
        (
            f"{ROLE} cannot be assumed by p: its trust policy does not allow it.",
            "role-trust",
            Cure.TRUST_POLICY,
        ),
        (
            f"{ROLE} is not authorized to perform: ecr:BatchGetImage because no policy allows it.",
            "role-permissions",
            Cure.PERMISSIONS_POLICY,
        ),
        (
            "The registry of account 210987654321 does not grant account 123456789012 access.",
            "no-grant",
            Cure.REGISTRY_POLICY,
        ),
        ("The upstream registry quay.io could not be reached.", "unreachable", Cure.VALIDATE),
        (
            "The upstream registry quay.io answered HTTP 502 to a version check.",
            "unreachable",
            Cure.VALIDATE,
        ),
        ("Something that AWS never said before.", "other", Cure.VALIDATE),
        ("", "other", Cure.VALIDATE),
    ],
)
def test_the_first_cure_fits_the_reason(failure: str, key: str, cure: Cure) -> None:
    reason = failure_reason(failure)
    assert (reason.key, reason.cures[0]) == (key, cure)


@pytest.mark.parametrize("problem", list(SecretProblem))
def test_every_problem_of_a_secret_has_a_reason_with_cures(problem: SecretProblem) -> None:
    assert problem_reason(problem).cures


def test_every_reason_ends_in_validating_and_every_cure_has_a_label() -> None:
    for key, reason in FAILURE_REASONS.items():
        assert reason.cures[-1] is Cure.VALIDATE or key == OTHER
    assert set(CURE_LABELS) == set(Cure)
    assert set(FAILURE_REASONS) == set(FAILURE_KEYS)


def test_an_error_of_the_call_has_the_cures_of_its_class() -> None:
    assert error_reason(errors.RuleNotFound()).cures == ()
    assert error_reason(errors.Throttled()).cures == (Cure.VALIDATE,)
    assert error_reason(errors.SecretNotFound()).cures[0] is Cure.CHOOSE_SECRET
