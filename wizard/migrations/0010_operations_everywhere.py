import uuid
from typing import Any

import wizard.models.operations
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def know_batches(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Each earlier operation is a batch of its own; copies confirmed together are one.

    What an earlier version left in progress has no plan to go on with: it counts as failed.
    """
    rows = apps.get_model("wizard", "Operation").objects
    rows.filter(state="running").update(state="failed")  # guard: D4
    for row in rows.only("pk", "draft_id", "region").iterator():
        copied = row.draft_id.removesuffix(f"-{row.region}")
        is_copy = copied != row.draft_id and len(copied) == 32
        row.batch_id = uuid.UUID(hex=copied) if is_copy else row.pk
        row.client_request_token = str(uuid.uuid4())
        row.save(update_fields=["batch_id", "client_request_token"])


class Migration(migrations.Migration):

    dependencies = [
        ('wizard', '0009_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='operation',
            name='batch_id',
            field=models.UUIDField(db_index=True, default=uuid.uuid4, editable=False),
        ),
        migrations.AddField(
            model_name='operation',
            name='client_request_token',
            field=models.CharField(default=wizard.models.operations.new_request_token, max_length=64),
        ),
        migrations.AddField(
            model_name='operation',
            name='lease_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='operation',
            name='made_secret_arn',
            field=models.CharField(blank=True, max_length=700),
        ),
        migrations.AddField(
            model_name='operation',
            name='planned_rule',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='operation',
            name='replaced_rule',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='operation',
            name='replica_of',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='operation',
            name='secret_name',
            field=models.CharField(blank=True, max_length=512),
        ),
        migrations.AddField(
            model_name='operation',
            name='secret_removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='operation',
            name='state',
            field=models.CharField(choices=[('running', 'In progress'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cleaned', 'Cleaned up')], default='running', max_length=16),
        ),
        migrations.AlterField(
            model_name='operationstep',
            name='state',
            field=models.CharField(choices=[('running', 'In progress'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cleaned', 'Cleaned up')], default='running', max_length=16),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['account_id', '-created_at'], name='wizard_oper_account_cff75c_idx'),
        ),
        migrations.RunPython(know_batches, migrations.RunPython.noop),
    ]
