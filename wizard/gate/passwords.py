"""The authentication backend of passwords."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from wizard.services import access, people


class PasswordBackend(ModelBackend):
    """Django's passwords, except for people whose grants the provider decides.

    Otherwise a person whom the provider has removed could keep their grants with a password. A
    one-time link still works for them, because an administrator has to create it.
    """

    @sensitive_variables()
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """Check the password first, so that a refusal takes as long as a wrong password."""
        user = super().authenticate(request, **credentials)
        if not isinstance(user, User) or people.grants_follow_provider(user):
            return None
        return user

    def get_user(self, user_id: int) -> User | None:
        """Return the user if active."""
        return active_user(user_id)


def active_user(user_id: int) -> User | None:
    """Return the user of a session with their grants, which the request needs anyway."""
    user = access.user_with_grants(user_id)
    return user if user is not None and user.is_active else None
