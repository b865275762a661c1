"""A person's own account: time zone, password, sessions, API tokens."""

from django.urls import path

from wizard.views import account, password

urlpatterns = [
    path("", account.account, name="account"),
    path("time-zone/", account.own_time_zone, name="own-time-zone"),
    path("password/", password.password_change, name="password-change"),
    path("sessions/end/", account.own_sessions_end, name="own-sessions-end"),
    path("sessions/<uuid:session_id>/end/", account.own_session_end, name="own-session-end"),
    path("tokens/new/", account.api_token_create, name="api-token-create"),
    path("tokens/<int:token_id>/revoke/", account.api_token_revoke, name="api-token-revoke"),
]
