"""Pages are in the language of the person; what programs and other people read is not."""

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.rotations import HOME, HOST, hubs
from wizard.domain import Role, Scope
from wizard.models import AuditEvent, LanguagePreference
from wizard.services import people

RULES = f"/{ACCOUNT}/{REGION}/rules/"
OVERVIEW = f"/{ACCOUNT}/rules/"


def choose(person: Person, language: str) -> None:
    """Choose it on one's account, whose page is in the language that was chosen before."""
    person.open("/account/")
    is_german = language_of(person) == "de"
    person.select("Seiten anzeigen auf" if is_german else "Show pages in", language)
    person.press("Sprache speichern" if is_german else "Save language")


def language_of(person: Person) -> str:
    return str(person.find("html")["lang"])


@pytest.fixture
def german(person: Person) -> Person:
    choose(person, "Deutsch")
    assert person.heading == "Ihr Konto"
    return person


def test_the_wizard_speaks_german_from_the_first_step_to_the_rule(german: Person) -> None:
    german.open(RULES)
    assert german.heading == "Pull-Through-Cache-Konfiguration"
    german.press("Regel hinzufügen")
    assert german.heading == "Quelle angeben"
    german.press("Weiter")
    assert str(german.find("title").string).strip().startswith("Fehler:")
    assert "Wählen Sie eine Registry aus." in german.text
    german.choose("Docker Hub")
    german.press("Weiter")
    assert german.heading == "Authentifizierung konfigurieren"
    german.choose("AWS-Secret erstellen")
    german.fill("Name des Secrets", "bad name")
    german.fill("Docker-Hub-E-Mail-Adresse", "me@example.com")
    german.press("Weiter")
    assert "Verwenden Sie nur Buchstaben" in german.error_at("Name des Secrets")
    german.fill("Name des Secrets", "hub")
    german.fill("Docker-Hub-Zugriffstoken", "dckr_pat_x")
    german.press("Weiter")
    assert german.heading == "Ziel angeben"
    german.fill("Amazon-ECR-Repository-Präfix", "hub")
    german.press("Weiter")
    assert german.heading == "Überprüfen und erstellen"
    assert "Gespeichert, nicht angezeigt" in german.text
    german.press("Erstellen")
    german.open(RULES)
    head = [cell.get_text(" ", strip=True) for cell in german.page.select("#rules thead th")]
    assert "Upstream-Registry" in head
    assert "Nicht validiert" in german.text


def test_errors_that_are_kept_are_in_the_language_of_the_page(person: Person) -> None:
    person.open(RULES)
    person.press("Add rule")
    person.choose("Microsoft Azure Container Registry")
    person.fill("Source registry URL", "my.registry")
    person.press("Next")
    url = person.url
    assert "Enter only the name" in person.error_at("Source registry URL")
    choose(person, "Deutsch")
    person.open(url)
    assert "Geben Sie nur den Namen ein" in person.error_at("URL der Quell-Registry")
    choose(person, "English")
    person.open(url)
    assert "Enter only the name" in person.error_at("Source registry URL")


def test_a_refused_rotation_is_told_in_the_language_of_the_page(person: Person) -> None:
    hubs(HOME)
    person.open(f"/{ACCOUNT}/rotations/new/?upstream={HOST}")
    person.fill("Username", "me")
    person.press("Rotate token")
    assert person.error_at("New access token") == "Enter the access token."
    url = person.url
    choose(person, "Deutsch")
    person.open(url)
    assert "Geben Sie das Zugriffstoken ein." in person.text
    assert "Enter the access token." not in person.text


def test_dates_are_written_as_in_german(german: Person) -> None:
    german.open("/account/")
    texts = [tag.get_text() for tag in german.page.select("main time")]
    assert texts
    months = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    assert all(any(month in text for month in months.split("|")) for text in texts), texts
    assert all(text.split(" ")[0].rstrip(".").isdigit() for text in texts), texts


@pytest.mark.parametrize(("language", "written"), [("de", "1.700"), ("en", "1,700")])
def test_thousands_are_grouped_as_in_the_language(language: str, written: str) -> None:
    template = Template("{% load numbers %}{{ number|grouped }}")
    with translation.override(language):
        assert template.render(Context({"number": 1700})) == written


def test_an_error_of_aws_has_german_words_and_the_message_of_aws(
    aws: FakeAws, german: Person
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    german.open(RULES)
    assert german.status == 403
    assert "Kein Zugriff" in german.text
    assert "is not authorized to perform" in german.text


def test_without_a_choice_the_language_is_that_of_the_browser(person: Person) -> None:
    person.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr, de-AT;q=0.8, en;q=0.5"
    person.open(RULES)
    assert language_of(person) == "de"
    person.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    person.open(RULES)
    assert language_of(person) == "en"


def test_who_is_not_signed_in_chooses_in_the_menu_of_settings(db: None) -> None:
    person = Person(Client(enforce_csrf_checks=True))
    person.open("/sign-in/")
    person.press("Deutsch")
    assert person.url == "/sign-in/"
    assert person.heading == "Anmelden"
    person.press("English")
    assert person.heading == "Sign in"
    assert not LanguagePreference.objects.exists()


def test_the_language_of_a_person_is_that_of_all_browsers(german: Person) -> None:
    other = sign_in("ada", Role.OPERATOR)
    other.open(RULES)
    assert language_of(other) == "de"
    choose(other, "Browserstandard")
    german.client.cookies.clear()
    german = sign_in("ada", Role.OPERATOR)
    german.open(RULES)
    assert language_of(german) == "en"


def test_a_language_that_does_not_exist_is_not_kept(person: Person) -> None:
    person.open("/account/")
    form = {"language": "tlh", "csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post("/preferences/", form)
    assert answer.status_code == 303
    assert "language" not in answer.cookies
    LanguagePreference.objects.create(user_id=person.client.session["_auth_user_id"], code="tlh")
    person.open(RULES)
    assert language_of(person) == "en"


def test_answers_name_their_language_and_what_it_depends_on(german: Person) -> None:
    answer = german.client.get(RULES)
    assert answer["Content-Language"] == "de"
    assert {"Cookie", "Accept-Language"} <= set(answer["Vary"].split(", "))
    refused = german.client.post(RULES, b"{}", content_type="application/json")
    assert refused.status_code == 415
    assert refused["Content-Language"] == "de", "by the cookie: the person is not known yet"


def test_two_people_never_see_the_language_of_the_other(german: Person) -> None:
    """The process keeps parts of pages, and its thread the language of the last request."""
    make_rule("quay")
    bob = sign_in("bob", Role.OPERATOR)
    words = {"de": "Pull-Through-Cache-Regeln", "en": "Pull through cache rules"}
    for _ in range(2):
        for each, own, other in ((german, "de", "en"), (bob, "en", "de")):
            for url in (OVERVIEW, f"{RULES}quay/details/", "/account/", RULES):
                each.open(url)
                assert language_of(each) == own
                assert words[other] not in each.text
            assert words[own] in each.text
        stranger = Client().get("/nowhere/", follow=True)
        assert stranger["Content-Language"] == "en"


def test_the_answer_to_a_post_keeps_its_language(german: Person) -> None:
    """It is kept as a page; when it is read again after a choice, its language is still named."""
    make_rule("quay")
    german.open(f"{RULES}quay/delete/")
    german.press("Löschen")
    assert "answer=" in german.url
    kept = german.url
    assert "Geben Sie „confirm“ ein, um die Regel zu löschen." in german.text
    choose(german, "English")
    answer = german.client.get(kept)
    assert (answer["Content-Language"], 'lang="de"' in answer.content.decode()) == ("de", True)


def test_programs_are_answered_in_english(german: Person) -> None:
    """Whatever their owner chose, and whatever they accept."""
    user = LanguagePreference.objects.get().user
    text, _ = people.create_token(user=user, name="ci", scopes=[Scope.RULES_READ], days=30)
    headers = {"authorization": f"Bearer {text}", "accept-language": "de"}
    url = f"/{ACCOUNT}/cn-north-1/rules/?format=json"
    answer = Client(headers=headers).get(url)
    assert answer["Content-Language"] == "en"
    assert answer.json()["error"]["title"] == "The Region doesn't support pull through cache"


def test_files_and_the_trail_are_in_english(aws: FakeAws, german: Person) -> None:
    make_rule("quay")
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1")
    csv = german.client.get(f"{OVERVIEW}?format=csv").content.decode()
    assert "No access" in csv
    assert "Kein Zugriff" not in csv
    german.open(RULES)
    german.open(f"{RULES}quay/delete/")
    german.fill("Geben Sie „confirm“ ein, um diesen Löschvorgang zu bestätigen.", "confirm")
    german.press("Löschen")
    rows = " ".join(str(row) for row in AuditEvent.objects.values())
    assert "DeletePullThroughCacheRule" in rows
    assert "Regel" not in rows
