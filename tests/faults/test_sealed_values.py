"""The credential of an operation over accounts: who can read it, and until when."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from tests.person import ACCOUNT, REGION
from wizard.domain import Credential
from wizard.drafting import credential_rows
from wizard.models import FleetOperation, FleetVerb, PartState, SealedValue
from wizard.services import fleet_operations
from wizard.services.fleet_operations import AccountPlan
from wizard.services.fleet_operations.sealed_values import KEPT_FOR, kept_value
from wizard.services.fleet_operations.settling import end

TYPED = Credential(username="me", access_token="canary-of-an-operation")

pytestmark = [pytest.mark.django_db, pytest.mark.promise("S16")]


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada")


def begin(actor: User, credential: Credential | None = TYPED) -> FleetOperation:
    operation = fleet_operations.start(
        operation_id=uuid.uuid4(),
        verb=FleetVerb.VALIDATE,
        accounts=[AccountPlan(account_id=ACCOUNT, regions=(REGION,), rules=(f"{REGION}/quay",))],
        actor=actor,
        credential=credential,
    )
    assert operation is not None
    return operation


def test_the_credential_of_an_operation_is_readable_for_it_alone(ada: User) -> None:
    operation, other = begin(ada), begin(ada, Credential(username="you", access_token="other"))
    assert kept_value(operation) == TYPED
    row = SealedValue.objects.get(operation=operation)
    assert TYPED.access_token not in row.ciphertext
    assert TYPED.access_token.encode() not in base64.urlsafe_b64decode(row.ciphertext)
    assert TYPED.access_token not in f"{row} {row!r}"
    assert row.ciphertext not in f"{row} {row!r}"
    SealedValue.objects.filter(operation=other).update(ciphertext=row.ciphertext)
    assert kept_value(other) is None
    assert kept_value(begin(ada, None)) is None


@pytest.mark.parametrize("damage", ["", "x", "not a ciphertext", "gAAAAA==", "é"])
def test_a_damaged_ciphertext_is_no_credential(ada: User, damage: str) -> None:
    operation = begin(ada)
    SealedValue.objects.update(ciphertext=damage)
    assert kept_value(operation) is None


def test_the_database_alone_reveals_no_credential(ada: User, settings: Settings) -> None:
    """Another SECRET_KEY opens nothing; an earlier one still does."""
    operation, key = begin(ada), settings.SECRET_KEY
    settings.SECRET_KEY = "of-another-console" * 4
    assert kept_value(operation) is None
    settings.SECRET_KEY_FALLBACKS = [key]
    assert kept_value(operation) == TYPED


@pytest.mark.parametrize("way", ["ended", "cancelled"])
def test_with_the_end_of_an_operation_its_credential_goes(ada: User, way: str) -> None:
    operation, other = begin(ada), begin(ada)
    if way == "ended":
        end(operation.parts.get(), PartState.DONE)
    else:
        operation.parts.update(state=PartState.RUNNING)
        fleet_operations.cancel(operation=operation, actor=ada)
    assert kept_value(operation) is None
    assert list(SealedValue.objects.values_list("operation", flat=True)) == [other.pk]


def test_a_credential_whose_time_has_passed_is_deleted_by_whoever_comes(ada: User) -> None:
    operation, other = begin(ada), begin(ada)
    assert SealedValue.objects.get(operation=operation).expires_at <= timezone.now() + KEPT_FOR
    SealedValue.objects.filter(operation=operation).update(expires_at=timezone.now())
    assert kept_value(operation) is None
    assert credential_rows.remove_expired() == 1
    assert list(SealedValue.objects.values_list("operation", flat=True)) == [other.pk]


def test_the_time_of_a_credential_cannot_be_extended_in_the_database(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = begin(ada)
    SealedValue.objects.update(expires_at=timezone.now() + timedelta(days=365))
    monkeypatch.setattr(
        "wizard.services.fleet_operations.sealed_values.KEPT_FOR", timedelta(seconds=-1)
    )
    assert kept_value(operation) is None
