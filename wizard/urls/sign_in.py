"""The way in and out."""

from django.urls import path

from wizard.views import session, sign_in, single_sign_on

urlpatterns = [
    path("sign-in/", sign_in.SignInView.as_view(), name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", sign_in.SignOutView.as_view(), name="sign-out"),
    path("session/", session.session, name="session"),
    path("single-sign-on/", single_sign_on.single_sign_on_start, name="single-sign-on"),
    path(
        "single-sign-on/callback/",
        single_sign_on.single_sign_on_callback,
        name="single-sign-on-callback",
    ),
    path("confirm-identity/", sign_in.confirm_identity, name="confirm-identity"),
]
