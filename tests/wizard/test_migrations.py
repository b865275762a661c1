"""What migrations make of the people there were before there were grants."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User

from tests.person import someone
from wizard.domain.grants import EVERYWHERE, Role
from wizard.models import Grant
from wizard.services.people import directory

pytestmark = pytest.mark.django_db


def test_everybody_keeps_what_everybody_could_do() -> None:
    for name, facts in {
        "ada": {},
        "gone": {"is_active": False},
        "root": {"is_superuser": True},
    }.items():
        User.objects.create(username=name, **facts)
    someone("vera", Role.VIEWER)
    migration = import_module("wizard.migrations.0009_people")
    for _ in range(2):
        migration.keep_what_everybody_could_do(apps, None)
    found = {user.username: directory.grants_of(user) for user in User.objects.all()}
    assert found == {
        "ada": {EVERYWHERE: Role.OPERATOR},
        "gone": {},
        "root": {EVERYWHERE: Role.ADMINISTRATOR},
        "vera": {EVERYWHERE: Role.VIEWER},
    }
    assert Grant.objects.count() == 2
