"""People, as administrators manage them."""

from django.urls import include, path

from wizard.views import people

_person = [
    path("", people.person_detail, name="person"),
    path("grant/", people.grant_give, name="grant-give"),
    path("take-grant/", people.grant_take, name="grant-take"),
    path("disable/", people.person_disable, name="person-disable"),
    path("enable/", people.person_enable, name="person-enable"),
    path("link/", people.person_link, name="person-link"),
    path("end-sessions/", people.person_sessions_end, name="person-sessions-end"),
    path("tokens/<int:token_id>/revoke/", people.person_token_revoke, name="person-token-revoke"),
]

urlpatterns = [
    path("", people.people_list, name="people"),
    path("add/", people.person_add, name="person-add"),
    path("<int:user_id>/", include(_person)),
]
