import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wizard', '0011_operations_in_the_background'),
    ]

    operations = [
        migrations.AddField(
            model_name='externalidentity',
            name='signed_in_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
    ]
