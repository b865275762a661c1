from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from wizard.models import audit_triggers


def create(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    audit_triggers.create(schema_editor)
    audit_triggers.create_head(schema_editor)


def drop(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    audit_triggers.drop(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('wizard', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
