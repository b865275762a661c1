"""`python -m tests.scan.furnished PASSWORD`: fill the database of the console that is scanned.

Runs under that console's settings, makes one of everything that an address can name, and an
operator for the scanner to sign in as. Prints the addresses by their names, and the operator's
cookies, as JSON.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import django

django.setup()

from django.core.management import call_command
from django.test import Client

from tests.faults.addresses import addresses as every_address
from tests.faults.addresses import furnish, make_rule, make_secret
from tests.flows.conftest import Account
from tests.flows.walk import FLOWS, Flow
from tests.person import Person, someone
from tests.scan.certificate import HOST
from tests.scan.console import OPERATOR
from wizard.domain.roles import Role

# Between them they have every step there is.
WALKED = ("For Docker Hub", "For Amazon ECR private registry from another AWS account")


class TlsClient(Client):
    """Django's test client at the https addresses of the scanned console."""

    def generic(self, *words: Any, **options: Any) -> Any:
        return super().generic(*words, **{**options, "secure": True})


def main(password: str) -> int:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    user = someone(OPERATOR, Role.OPERATOR)
    user.set_password(password)
    user.save()
    origin = {"host": HOST, "origin": f"https://{HOST}"}
    client = TlsClient(enforce_csrf_checks=True, headers=origin)
    client.force_login(user)
    addresses = _addresses(Person(client))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    print(json.dumps({"addresses": addresses, "cookies": cookies}), flush=True)
    return 0


def _addresses(person: Person) -> dict[str, str]:
    """The address of every entry of the URLconf, and of every step of two drafts at their ends."""
    found = {each.name: each.url for each in every_address(furnish(person))}
    make_secret(Account.secret_name)
    make_secret("ecr-pullthroughcache/unused")
    make_rule("unused")
    for flow in FLOWS:
        if flow.heading in WALKED:
            found |= dict(_steps(person, flow))
    return found


def _steps(person: Person, flow: Flow) -> Iterator[tuple[str, str]]:
    person.open_rules()
    person.press("Add rule")
    for screen in flow.screens:
        yield f"{flow.heading}: {screen.title}", person.url
        screen.act(person)
        person.press("Next")
    assert person.heading == "Review and create", person.text
    yield f"{flow.heading}: review", person.url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
