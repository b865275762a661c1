from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


# The trail is append-only, and its head only moves on, for everybody who reaches the database
# through SQL, the console included. SQLite drops triggers when it makes a table anew, so all of
# them are put on again here.
EVENT, HEAD = "wizard_auditevent", "wizard_audithead"
MESSAGE = "the audit trail is append-only"
# The head goes to the row that follows, which must be there already.
IS_NO_STEP_ON = f"""NEW.id <> OLD.id OR NEW.sequence <> OLD.sequence + 1 OR NOT EXISTS
    (SELECT 1 FROM {EVENT} WHERE sequence = NEW.sequence AND seal = NEW.seal)"""

SQLITE = {
    f"{EVENT}_no_update": f"BEFORE UPDATE ON {EVENT}",  # guard: D2
    f"{EVENT}_no_delete": f"BEFORE DELETE ON {EVENT}",  # guard: D2
    # An INSERT OR REPLACE deletes without asking a delete trigger.
    f"{EVENT}_no_replace": f"BEFORE INSERT ON {EVENT}"
    f" WHEN EXISTS (SELECT 1 FROM {EVENT} WHERE sequence = NEW.sequence)",
    f"{HEAD}_no_step_back": f"BEFORE UPDATE ON {HEAD} WHEN {IS_NO_STEP_ON}",  # guard: D2
    f"{HEAD}_no_delete": f"BEFORE DELETE ON {HEAD}",  # guard: D2
    f"{HEAD}_no_replace": f"BEFORE INSERT ON {HEAD} WHEN EXISTS (SELECT 1 FROM {HEAD})",
}
POSTGRESQL = {
    f"{EVENT}_no_change": f"BEFORE UPDATE OR DELETE ON {EVENT} FOR EACH ROW",
    f"{EVENT}_no_truncate": f"BEFORE TRUNCATE ON {EVENT} FOR EACH STATEMENT",
    f"{HEAD}_no_step_back": f"BEFORE UPDATE ON {HEAD} FOR EACH ROW",
    f"{HEAD}_no_delete": f"BEFORE DELETE ON {HEAD} FOR EACH ROW",
    f"{HEAD}_no_truncate": f"BEFORE TRUNCATE ON {HEAD} FOR EACH STATEMENT",
}
REFUSE = f"""CREATE OR REPLACE FUNCTION {EVENT}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"""
STEP_ON = f"""CREATE OR REPLACE FUNCTION {HEAD}_step_on() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF {IS_NO_STEP_ON} THEN RAISE EXCEPTION '{MESSAGE}'; END IF; RETURN NEW; END $$"""


def put_triggers_on(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    take_triggers_off(apps, schema_editor)
    if schema_editor.connection.vendor == "sqlite":
        for name, when in SQLITE.items():
            schema_editor.execute(
                f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    schema_editor.execute(REFUSE)
    schema_editor.execute(STEP_ON)
    for name, when in POSTGRESQL.items():
        does = f"{HEAD}_step_on" if name.endswith("_step_back") else f"{EVENT}_refuse"
        schema_editor.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {does}()")


def take_triggers_off(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name in POSTGRESQL:
        table = EVENT if name.startswith(EVENT) else HEAD
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")


def put_earlier_triggers_on(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The way back: what the migration before this one had put on is on again."""
    put_triggers_on(apps, schema_editor)
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for name in SQLITE if is_sqlite else POSTGRESQL:
        if name.startswith(HEAD):
            schema_editor.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {HEAD}"))
    if not is_sqlite:
        schema_editor.execute(f"DROP FUNCTION {HEAD}_step_on()")


class Migration(migrations.Migration):

    dependencies = [
        ('wizard', '0005_audit_and_grants'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, put_earlier_triggers_on),
        migrations.AddField(
            model_name='auditevent',
            name='form',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='key_id',
            field=models.CharField(default='', max_length=8),
        ),
        migrations.CreateModel(
            name='OpenChange',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='audithead',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='one_audit_head'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['username', 'sequence'], name='audit_by_person'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['action', 'sequence'], name='audit_by_action'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['account_id', 'sequence'], name='audit_by_account'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['account_id', 'region', 'sequence'], name='audit_by_place'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['region', 'sequence'], name='audit_by_region'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['outcome', 'sequence'], name='audit_by_outcome'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['phase', 'sequence'], name='audit_by_phase'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['happened_at', 'sequence'], name='audit_by_time'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['event_id', 'sequence'], name='audit_by_event'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['subject', 'account_id', 'region', 'sequence'], name='audit_by_subject', opclasses=['varchar_pattern_ops', 'varchar_ops', 'varchar_ops', 'int8_ops']),
        ),
        migrations.RunPython(put_triggers_on, take_triggers_off),
    ]
