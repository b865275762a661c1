import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


# The trail is append-only for everybody who reaches the database through SQL, the console included.
TABLE = "wizard_auditevent"
MESSAGE = "the audit trail is append-only"

SQLITE = [
    f"""CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
    for verb in ("UPDATE", "DELETE")
]
# An INSERT OR REPLACE deletes without asking a delete trigger.
SQLITE.append(
    f"""CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE sequence = NEW.sequence)
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
)
POSTGRESQL = [
    f"""CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$""",
    f"""CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()""",
    f"""CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()""",
]
GONE = {
    "sqlite": [f"DROP TRIGGER {TABLE}_no_{verb}" for verb in ("update", "delete", "replace")],
    "postgresql": [f"DROP FUNCTION {TABLE}_refuse() CASCADE"],
}


def make_append_only(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


def let_change(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in GONE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('wizard', '0004_table_preferences'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('event_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('phase', models.CharField(choices=[('intent', 'Intent'), ('result', 'Result'), ('event', 'Event')], max_length=8)),
                ('happened_at', models.DateTimeField()),
                ('user_id', models.BigIntegerField(blank=True, null=True)),
                ('username', models.CharField(blank=True, max_length=150)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('way', models.CharField(max_length=16)),
                ('action', models.CharField(max_length=64)),
                ('account_id', models.CharField(blank=True, max_length=12)),
                ('region', models.CharField(blank=True, max_length=32)),
                ('subject', models.CharField(blank=True, max_length=700)),
                ('before', models.JSONField(blank=True, null=True)),
                ('after', models.JSONField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('succeeded', 'Succeeded'), ('failed', 'Failed'), ('refused', 'Refused')], max_length=16)),
                ('error', models.JSONField(blank=True, null=True)),
                ('request_ids', models.JSONField(default=list)),
                ('seal', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ['-sequence'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField(default=0)),
                ('seal', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('viewer', 'Viewer'), ('operator', 'Operator'), ('administrator', 'Administrator')], max_length=16)),
                ('account_id', models.CharField(blank=True, max_length=12)),
                ('region', models.CharField(blank=True, max_length=32)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['user', 'account_id', 'region'],
                'constraints': [models.UniqueConstraint(fields=('user', 'account_id', 'region'), name='one_grant_per_place'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'administrator'), _negated=True), models.Q(('account_id', ''), ('region', '')), _connector='OR'), name='administrators_everywhere'), models.CheckConstraint(condition=models.Q(('region', ''), models.Q(('account_id', ''), _negated=True), _connector='OR'), name='region_of_an_account')],
            },
        ),
        migrations.RunPython(make_append_only, let_change),
    ]
