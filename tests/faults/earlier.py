"""A database of an earlier version, filled and migrated: `python -m tests.faults.earlier STATE`.

Prints who is left of its people, what of its operations, and whether the audit trail is whole.
"""

import sys
from typing import Any

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    state = ("wizard", sys.argv[1])
    executor = MigrationExecutor(connection)
    others = [node for node in executor.loader.graph.leaf_nodes() if node[0] != "wizard"]
    executor.migrate([*others, state])
    fill(MigrationExecutor(connection).loader.project_state([*others, state]).apps)
    call_command("migrate", verbosity=0)

    from wizard.models import Operation
    from wizard.services.audit import verification
    from wizard.services.people import directory

    operation = Operation.objects.get()
    directory.grants_of(operation.actor)
    whole = verification.verify().is_whole
    print(operation.actor, operation.ecr_repository_prefix, operation.state)
    print("whole" if whole else "broken")


def fill(apps: Any) -> None:
    """A person, and an operation that was in progress when the earlier version stopped."""
    user = apps.get_model("auth", "User").objects.create(username="ada")
    apps.get_model("wizard", "Operation").objects.create(
        draft_id="draft",
        actor=user,
        account_id="123456789012",
        region="us-east-2",
        ecr_repository_prefix="hub",
        upstream_registry_url="registry-1.docker.io",
    )


if __name__ == "__main__":
    main()
