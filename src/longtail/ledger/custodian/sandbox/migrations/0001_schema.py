"""The sandbox bank lives in a schema of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            "create schema if not exists custodian_sandbox",
            "drop schema if exists custodian_sandbox",
        )
    ]
