"""The next version migrates the database while this one serves and works."""

import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests.faults.test_worker import CREATE_RULE, VALIDATE, add_rule, start
from tests.machines import scenes
from tests.machines.site import ROOT, Site, wait_for
from wizard import tasks
from wizard.models import AuditEvent, Operation

# What migrations of a release may do: tests/releases/test_migrations.py.
_MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "{last}")]
    operations = [
        migrations.AddField("operation", "of_next", models.TextField(null=True)),
        migrations.AddField("bulkvalidationitem", "of_next", models.TextField(null=True)),
        migrations.AddField("lastknownrule", "of_next", models.BooleanField(db_default=False)),
        migrations.CreateModel("OfNext", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddIndex(
            "operation", models.Index(fields=["account_id", "of_next"], name="of_next")
        ),
    ]
"""


def the_next_version_migrates(site: Site) -> scenes.Seen:
    """The next version migrates while this one answers, validates, and goes on with a Create"""
    ada = User.objects.get(username="ada")
    scenes.delete_rule()
    rows = AuditEvent.objects.filter(action=CREATE_RULE, outcome="succeeded").count()
    operation = scenes.throttled(site, ada)
    rules = [add_rule(f"next-{number}") for number in range(scenes.RULES)]
    bulk = start(ada, *rules[:4])
    site.aws.clear_calls()
    site.aws.hold(operation=VALIDATE)
    tasks.start_in_background(bulk)
    wait_for(lambda: site.aws.calls().get(VALIDATE, 0) >= 4, "the validation")
    begun = time.monotonic()
    migrate = subprocess.Popen(
        site.machines["web1"].command(sys.executable, "manage.py", "migrate", "--verbosity=0"),
        cwd=_next_version(site.folder / "next"),
        env=site.environment,
    )
    answers = []
    while migrate.poll() is None:
        answers.append(scenes.is_alive(site, "web2"))
    migrated = time.monotonic() - begun
    assert migrate.returncode == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT of_next FROM wizard_operation WHERE id = %s", [operation.pk])
        assert cursor.fetchall() == [(None,)]
    # The old version goes on with rows of before, and makes new ones.
    site.aws.release()
    other = start(ada, *rules[4:])
    tasks.start_in_background(other)
    sooner = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk).update(next_try_at=sooner)
    wait_for(lambda: scenes.is_done(bulk) and scenes.is_done(other), "both validations")
    wait_for(lambda: scenes.is_made(operation), "the operation")
    answers.append(scenes.is_alive(site, "web2"))
    assert all(answers), f"{answers.count(False)} of {len(answers)} pages failed"
    scenes.is_validated_once("next-", scenes.RULES)
    scenes.is_made_once(rows + 1)
    return {"seconds of migrate": round(migrated, 1), "pages asked for meanwhile": len(answers)}


def _next_version(folder: Path) -> Path:
    """Return a copy of the console with one more migration."""
    folder.mkdir()
    for name in ("wizard", "ptcconsole", "templates", "static"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "manage.py", folder)
    migrations = folder / "wizard" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    text = _MIGRATION.replace("{last}", last)
    (migrations / f"{int(last[:4]) + 1:04}_of_next.py").write_text(text, encoding="utf-8")
    return folder
