"""The pages about people: for administrators those about others, for everybody their own."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from wizard.domain import EVERYWHERE, Place, Role
from wizard.domain.errors import LastAdministrator
from wizard.models import Account, ApiToken, AuditEvent, AuditOutcome, LiveSession
from wizard.services import access
from wizard.services.people import directory, tokens

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture
def root(db: None) -> Person:
    """An administrator. AWS is not there: people can be looked after without it."""
    return sign_in("root", Role.ADMINISTRATOR)


def link_on(person: Person) -> str:
    """The path of the one-time link that the page shows."""
    found = re.search(r"http://testserver(/sign-in/[\w-]{40,}/)", person.text)
    assert found, person.text
    return found[1]


def subjects(action: str) -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(action=action).order_by("sequence")
    return [(event.username, event.subject) for event in events]


# --- Other people -------------------------------------------------------------------------------


def test_somebody_new_is_added_with_a_grant_and_a_link_that_lets_them_in(root: Person) -> None:
    root.open("/people/")
    root.follow("Add person")
    root.fill("Username", "vera")
    root.fill("Email address", "vera@example.com")
    root.choose("Viewer")
    root.fill("Account", "1234-5678-9012")
    root.select("Region", REGION)
    root.press("Add person")
    assert root.status == 200
    link = link_on(root)
    vera = User.objects.get(username="vera")
    assert directory.grants_of(vera) == {Place(account_id=ACCOUNT, region=REGION): Role.VIEWER}
    assert not vera.has_usable_password()
    browser = Client()
    assert browser.post(link).status_code == 303
    assert browser.get("/account/").status_code == 200
    assert subjects("AddPerson") == [("root", "vera")]
    assert subjects("CreateSignInLink") == [("root", "vera")]
    assert link.split("/")[2] not in str(list(AuditEvent.objects.values()))
    root.follow("Continue")
    assert "1234-5678-9012" in root.text


def test_somebody_can_be_added_with_nothing_yet(root: Person) -> None:
    root.open("/people/add/")
    root.fill("Username", "vera")
    root.press("Add person")
    assert directory.grants_of(User.objects.get(username="vera")) == {}


@pytest.mark.parametrize(
    ("fields", "label", "error"),
    [
        ({"username": ""}, "Username", "Enter a username."),
        ({"username": "ROOT"}, "Username", "This username is already in use."),
        ({"username": "(API tokens)"}, "Username", "Enter a valid username."),
        ({"account_id": "123"}, "Account", "Enter an account ID of 12 digits."),
        ({"region": REGION}, "Account", "To choose a Region, enter its account"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    root: Person, fields: dict[str, str], label: str, error: str
) -> None:
    root.open("/people/add/")
    root.fill("Username", fields.get("username", "vera"))
    root.fill("Account", fields.get("account_id", ""))
    if "region" in fields:
        root.select("Region", fields["region"])
    root.choose("Viewer")
    root.press("Add person")
    assert root.is_refused
    assert error in root.error_at(label)
    assert not User.objects.filter(username="vera").exists()


def test_a_grant_is_given_changed_and_removed(root: Person) -> None:
    vera = someone("vera", None)
    root.open(f"/people/{vera.pk}/")
    assert "No permissions" in root.text
    root.follow("Add permission")
    root.choose("Operator")
    root.fill("Account", ACCOUNT)
    root.press("Add permission")
    assert directory.grants_of(vera) == {Place(account_id=ACCOUNT): Role.OPERATOR}
    root.follow("Add permission")
    root.choose("Viewer")
    root.fill("Account", ACCOUNT)
    root.press("Add permission")
    vera = User.objects.get(pk=vera.pk)
    assert directory.grants_of(vera) == {Place(account_id=ACCOUNT): Role.VIEWER}
    root.press("Remove Viewer: 1234-5678-9012, Every Region")
    assert not User.objects.get(pk=vera.pk).grants.exists()
    changes = AuditEvent.objects.filter(action="ChangeGrants").order_by("sequence")
    roles = [
        [
            [grant["role"] for grant in (facts or {})["grants"]]
            for facts in (each.before, each.after)
        ]
        for each in changes
    ]
    assert roles == [[[], ["operator"]], [["operator"], ["viewer"]], [["viewer"], []]]
    assert {each.username for each in changes} == {"root"}


def test_the_accounts_that_are_known_are_offered_for_a_grant(root: Person) -> None:
    Account.objects.create(account_id="222233334444", alias="shop <b>")
    ada = someone("ada")
    for path in ("/people/add/", f"/people/{ada.pk}/grant/"):
        root.open(path)
        field = root.page.select_one("input[name=account_id]")
        assert field is not None, path
        offered = root.page.select(f"#{field['list']} option")
        assert [(each["value"], each.text) for each in offered] == [("222233334444", "shop <b>")]


def test_an_administrator_is_one_everywhere_whatever_the_place_says(root: Person) -> None:
    vera = someone("vera", None)
    root.open(f"/people/{vera.pk}/grant/")
    root.choose("Administrator")
    root.fill("Account", ACCOUNT)
    root.select("Region", REGION)
    root.press("Add permission")
    assert directory.grants_of(vera) == {EVERYWHERE: Role.ADMINISTRATOR}


def test_the_last_administrator_stays_one(root: Person) -> None:
    me = User.objects.get(username="root")
    root.open(f"/people/{me.pk}/")
    root.press("Remove Administrator everywhere")
    assert root.status == 409
    assert "The console needs at least one administrator" in root.text
    root.open(f"/people/{me.pk}/")
    root.press("Deactivate")
    assert root.status == 409
    assert directory.administrators().get() == me
    someone("alan", Role.ADMINISTRATOR)
    root.open(f"/people/{me.pk}/")
    root.press("Remove Administrator everywhere")
    assert root.heading == "Sign in"  # with the last grant went the session
    assert directory.administrators().get().username == "alan"


def test_a_superuser_counts_as_an_administrator_and_can_be_made_none(root: Person) -> None:
    made = User.objects.create_superuser("made")
    root.open(f"/people/{made.pk}/")
    root.press("Remove Administrator everywhere")
    made.refresh_from_db()
    assert (made.is_superuser, made.is_staff) == (False, False)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_a_superuser_with_a_lesser_role_everywhere_is_one_no_more(root: Person, role: Role) -> None:
    made = User.objects.create_superuser("made")
    client = Client()
    client.force_login(made)
    assert client.get("/people/").status_code == 200
    root.open(f"/people/{made.pk}/grant/")
    root.choose(role.value.capitalize())
    root.press("Add permission")
    made = User.objects.get(pk=made.pk)
    assert (made.is_superuser, made.is_staff) == (False, False)
    assert not access.is_administrator(user=made)
    assert client.get("/people/").status_code == 403
    assert directory.grants_of(made) == {EVERYWHERE: role}
    change = AuditEvent.objects.get(action="ChangeGrants")
    assert change.after == {"grants": [{"role": role, "account_id": "", "region": ""}]}


def test_a_switched_off_administrator_is_none_that_is_left(root: Person) -> None:
    alan = someone("alan", Role.ADMINISTRATOR)
    directory.set_active(user=alan, is_active=False)
    with pytest.raises(LastAdministrator):
        directory.set_grants(user=User.objects.get(username="root"), grants={})


def test_somebody_is_switched_off_and_on(root: Person) -> None:
    vera = sign_in("vera", Role.VIEWER)
    pk = User.objects.get(username="vera").pk
    root.open(f"/people/{pk}/")
    root.press("Deactivate")
    assert "Deactivated" in root.text
    assert vera.client.get("/account/").status_code == 302
    root.press("Activate")
    assert "Can sign in" in root.text
    assert subjects("DisablePerson") == subjects("EnablePerson") == [("root", "vera")]


def test_nobody_switched_off_gets_a_link(root: Person) -> None:
    vera = someone("vera")
    directory.set_active(user=vera, is_active=False)
    root.client.handler.enforce_csrf_checks = False
    answer = root.client.post(f"/people/{vera.pk}/link/", follow=True)
    assert "/sign-in/" not in answer.text.replace("/sign-in-", "")
    assert "is deactivated" in answer.text


def test_a_link_for_somebody_there_is_lets_in_that_person(root: Person) -> None:
    vera = someone("vera", Role.VIEWER)
    root.open(f"/people/{vera.pk}/")
    root.press("Create sign-in link")
    browser = Client()
    browser.post(link_on(root))
    assert browser.session["_auth_user_id"] == str(vera.pk)


def test_another_persons_sessions_are_seen_and_ended(root: Person) -> None:
    vera = [sign_in("vera", Role.VIEWER), sign_in("vera", Role.VIEWER)]
    LiveSession.objects.filter(user__username="vera").update(
        address="198.51.100.7",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    )
    pk = User.objects.get(username="vera").pk
    root.open(f"/people/{pk}/")
    assert "Firefox on Linux" in root.text
    assert "198.51.100.7" in root.text
    root.press("End Firefox on Linux (1 of 2)")
    assert sorted(each.client.get("/account/").status_code for each in vera) == [200, 302]
    root.press("Sign out of all sessions")
    assert [each.client.get("/account/").status_code for each in vera] == [302, 302]
    assert subjects("EndSessions") == [("root", "vera"), ("root", "vera")]


def test_another_persons_token_is_revoked(root: Person) -> None:
    vera = someone("vera", Role.VIEWER)
    text, _ = tokens.create_token(user=vera, name="ci", scopes=[], days=1)
    root.open(f"/people/{vera.pk}/")
    root.press("Revoke ci")
    assert tokens.find_token(text) is None
    assert "Revoked" in root.text


def test_nobody_revokes_a_token_through_somebody_else(root: Person) -> None:
    vera, grace = someone("vera"), someone("grace")
    text, token = tokens.create_token(user=vera, name="ci", scopes=[], days=1)
    root.client.handler.enforce_csrf_checks = False
    answer = root.client.post(f"/people/{grace.pk}/tokens/{token.pk}/revoke/")
    assert answer.status_code == 404
    assert tokens.find_token(text) is not None


def test_the_list_shows_who_may_do_what_and_who_is_here(root: Person) -> None:
    sign_in("vera", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    root.open("/people/")
    assert f"Viewer: 1234-5678-9012, {REGION}" in root.page.get_text()
    assert "Administrator everywhere" in root.text
    LiveSession.objects.filter(user__username="vera").update(
        seen_at=timezone.now() - timedelta(hours=2)
    )
    root.open("/people/")
    row = next(each for each in root.page.select("tbody tr") if "vera" in each.get_text())
    assert row.select('td[data-label="Sessions"]')[0].get_text(strip=True) == "0"


def test_nobody_by_that_number_is_said_to_be_nobody(root: Person) -> None:
    root.open("/people/999999/")
    assert root.status == 404
    assert root.heading == "The person was not found"


def test_the_menu_leads_administrators_to_people_and_everybody_to_their_account(
    root: Person,
) -> None:
    root.open("/account/")
    links = {str(link["href"]) for link in root.page.select("header a, nav a")}
    assert {"/people/", "/account/"} <= links
    vera = sign_in("vera", Role.VIEWER)
    vera.open("/account/")
    links = {str(link["href"]) for link in vera.page.select("header a, nav a")}
    assert "/account/" in links
    assert "/people/" not in links


# --- Django's groups ----------------------------------------------------------------------------


def groups_of(user: User) -> set[str]:
    return {group.name for group in user.groups.all()}


def test_djangos_groups_follow_the_grants(db: None) -> None:
    vera = someone("vera", None)
    directory.give_grant(user=vera, place=Place(account_id=ACCOUNT), role=Role.VIEWER)
    directory.give_grant(
        user=vera, place=Place(account_id=ACCOUNT, region=REGION), role=Role.OPERATOR
    )
    assert groups_of(vera) == {"viewer", "operator"}
    directory.take_grant(user=vera, place=Place(account_id=ACCOUNT))
    assert groups_of(vera) == {"operator"}


def test_migrating_puts_groups_and_members_right(db: None) -> None:
    vera = someone("vera", Role.ADMINISTRATOR)
    vera.groups.clear()
    Group.objects.filter(name="viewer").delete()
    call_command("migrate", verbosity=0)
    assert {group.name for group in Group.objects.all()} == {role.value for role in Role}
    assert groups_of(vera) == {"administrator"}
    assert vera.has_perm("wizard.view_lastknownrule")


# --- One's own account --------------------------------------------------------------------------


@pytest.fixture
def vera(db: None) -> Person:
    return sign_in("vera", Role.VIEWER)


def set_password(person: Person, new: str, again: str | None = None) -> None:
    person.fill("New password", new)
    person.fill("Confirm new password", new if again is None else again)
    person.press("Save password")


def test_a_first_password_is_set_and_then_changed(vera: Person) -> None:
    vera.open("/account/")
    vera.follow("Set a password")
    set_password(vera, PASSWORD)
    assert "Your password is set" in vera.page.text
    assert User.objects.get(username="vera").check_password(PASSWORD)
    vera.follow("Change password")
    vera.fill("Current password", "wrong")
    set_password(vera, "another long password")
    assert vera.error_at("Current password") == "The password is incorrect."
    vera.fill("Current password", PASSWORD)
    set_password(vera, "another long password")
    assert User.objects.get(username="vera").check_password("another long password")
    assert subjects("ChangePassword") == [("vera", "vera")] * 2


@pytest.mark.parametrize(
    ("new", "again", "label", "error"),
    [
        ("short", None, "New password", "too short"),
        ("password123456", None, "New password", "too common"),
        ("0123456789876", None, "New password", "entirely numeric"),
        (PASSWORD, "another", "Confirm new password", "The passwords don't match."),
    ],
)
def test_a_weak_or_mistyped_password_is_refused(
    vera: Person, new: str, again: str | None, label: str, error: str
) -> None:
    vera.open("/account/password/")
    set_password(vera, new, again)
    assert vera.is_refused
    assert error in vera.error_at(label)
    assert {str(each.get("value", "")) for each in vera.page.select("[type=password]")} == {""}


def test_guesses_at_the_old_password_are_counted(vera: Person) -> None:
    user = User.objects.get(username="vera")
    user.set_password(PASSWORD)
    user.save()
    vera.client.force_login(user)
    vera.client.handler.enforce_csrf_checks = False
    data = {"new_password": "another long password", "new_password_again": "another long password"}
    statuses = [
        vera.client.post("/account/password/", data | {"old_password": f"no{n}"}).status_code
        for n in range(11)
    ]
    assert statuses == [422] * 9 + [429] * 2


def test_a_token_is_shown_once_and_kept_as_a_digest(vera: Person) -> None:
    vera.open("/account/")
    vera.follow("Create API token")
    assert "audit:read" not in vera.text
    vera.fill("Name", "ci")
    vera.find('input[value="rules:read"]')["checked"] = ""
    vera.select("Expires after", "30 days")
    vera.press("Create API token")
    assert vera.status == 200
    (text,) = re.findall(r"ptc_[\w-]{43}", vera.text)
    token = ApiToken.objects.get()
    assert text not in str(list(ApiToken.objects.values()) + list(AuditEvent.objects.values()))
    assert token.prefix == text[:12]
    assert token.expires_at - token.created_at == timedelta(days=30)
    vera.follow("Continue")
    assert token.prefix in vera.text
    assert text not in vera.text
    assert tokens.find_token(text) == token
    vera.press("Revoke ci")
    assert tokens.find_token(text) is None
    assert subjects("RevokeApiToken") == [("vera", f"vera: ci ({token.prefix}...)")]


def test_a_token_needs_a_name_and_a_scope(vera: Person) -> None:
    vera.open("/account/tokens/new/")
    vera.press("Create API token")
    assert vera.error_at("Name") == "Enter a name."
    assert "Choose at least one scope." in vera.text
    assert not ApiToken.objects.exists()


def test_only_an_administrator_gets_a_token_for_the_audit_trail(root: Person, vera: Person) -> None:
    for person, status in ((root, 201), (vera, 422)):
        person.client.handler.enforce_csrf_checks = False
        data = {"name": "x", "scopes": "audit:read", "days": "30"}
        assert person.client.post("/account/tokens/new/", data).status_code == status


def test_the_account_shows_grants_and_sessions_of_ones_own_only(vera: Person, root: Person) -> None:
    vera.open("/account/")
    assert "Viewer" in vera.text
    assert "This session" in vera.text
    others = LiveSession.objects.get(user__username="root")
    assert str(others.pk) not in str(vera.page)
    vera.client.handler.enforce_csrf_checks = False
    vera.client.post(f"/account/sessions/{others.pk}/end/")
    assert LiveSession.objects.filter(pk=others.pk).exists()


def test_who_has_no_grant_is_told_so_and_aws_is_not_asked(aws: FakeAws) -> None:
    nobody = sign_in("nobody", None)
    nobody.open("/")
    assert nobody.status == 403
    assert nobody.heading == "You don't have access yet"
    assert aws.calls() == {}


def test_a_failed_and_a_good_sign_in_are_audited_with_how_and_from_where(db: None) -> None:
    User.objects.create_user("vera", password=PASSWORD)
    client = Client(REMOTE_ADDR="198.51.100.7")
    for name, password in (("vera", "wrong"), ("not-vera", "wrong"), ("vera", PASSWORD)):
        client.post("/sign-in/", {"username": name, "password": password})
    events = AuditEvent.objects.filter(action="SignIn").order_by("sequence")
    assert [(each.subject, each.outcome, each.username) for each in events] == [
        ("vera", AuditOutcome.FAILED, ""),
        ("(no such name)", AuditOutcome.FAILED, ""),
        ("vera", AuditOutcome.SUCCEEDED, "vera"),
    ]
    assert {(each.address, each.way) for each in events} == {("198.51.100.7", "browser")}
