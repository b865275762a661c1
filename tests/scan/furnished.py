"""`python -m tests.scan.furnished PASSWORD`: fill the database of the console that is scanned.

Runs with that console's settings, creates one object of each kind that an address can name, and an
operator as whom the scanner signs in. Prints the addresses by their names, and the operator's
cookies, as JSON.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import django

django.setup()

import boto3
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tests.faults.addresses import addresses as every_address
from tests.faults.addresses import furnish, make_rule, make_secret
from tests.faults.drafts import CREDENTIAL, confirm, docker_hub
from tests.flows.conftest import Account
from tests.flows.walk import FLOWS, Flow
from tests.person import ACCOUNT, REGION, Person, someone
from tests.scan.certificate import HOST
from tests.scan.console import OPERATOR
from wizard.domain import Role, Step
from wizard.models import Operation, OperationState

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
    addresses = _addresses(Person(client)) | _unfinished(user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    print(json.dumps({"addresses": addresses, "cookies": cookies}), flush=True)
    return 0


def _addresses(person: Person) -> dict[str, str]:
    """The address of every entry of the URLconf, and of every step of two drafts at their ends."""
    found = {each.name: each.url for each in every_address(furnish(person))}
    make_secret(Account.secret_name)
    make_rule("unused")
    for flow in FLOWS:
        if flow.heading in WALKED:
            found |= dict(_steps(person, flow))
    return found


def _unfinished(user: User) -> dict[str, str]:
    """The pages of a Create that failed and of one that was cut off, and where their buttons lead.

    The secret of the second is gone, so that its page asks for the credential.
    """
    failed, cut_off = _refused("failed", user), _refused("cut-off", user)
    boto3.client("secretsmanager", region_name=REGION).delete_secret(
        SecretId="ecr-pullthroughcache/cut-off", ForceDeleteWithoutRecovery=True
    )
    Operation.objects.filter(pk=cut_off.pk).update(state=OperationState.RUNNING, lease_until=None)
    return {
        "failed": _page(failed),
        "failed: retry": f"{_page(failed)}retry/",
        "failed: clean up": _action("operation-clean-up", failed),
        "cut off": _page(cut_off),
        "cut off: complete": _action("operation-complete", cut_off),
        "cut off: clean up": _action("operation-clean-up", cut_off),
    }


def _page(operation: Operation) -> str:
    place = {"account_id": ACCOUNT, "batch_id": operation.batch_id}
    return reverse("batch-detail", kwargs=place)


def _action(name: str, operation: Operation) -> str:
    place = {"account_id": ACCOUNT, "region": REGION, "operation_id": operation.pk}
    return reverse(name, kwargs=place)


def _refused(prefix: str, user: User) -> Operation:
    """A Create whose secret was made and whose rule was not, for another had that prefix."""
    draft = docker_hub(draft_id=prefix, owner_id=user.pk)
    draft = draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": prefix})
    answers = {"credential_source": "create", "secret_name": f"ecr-pullthroughcache/{prefix}"}
    draft = draft.with_answers(Step.AUTHENTICATION, {**answers, "username": "me"})
    make_rule(prefix)
    creation = confirm(draft, credential=CREDENTIAL, actor=user)
    boto3.client("ecr", region_name=REGION).delete_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix
    )
    assert creation.operation.state == OperationState.FAILED, creation
    return creation.operation


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
