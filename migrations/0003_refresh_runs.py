"""Runs over all accounts: who asked, how far they are."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_key_limits")]

    initial = False

    operations = [
        ops.CreateModel(
            name="RefreshItemRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("run", fields.CharField(db_index=True, max_length=32)),
                ("place", fields.IntField()),
                ("account", fields.CharField(max_length=32)),
                ("email", fields.CharField(max_length=320)),
                ("state", fields.CharField(max_length=16)),
                ("reason", fields.TextField(unique=False)),
                ("ended_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "refresh_items",
                "app": "gateway",
                "pk_attr": "id",
                "table_description": "accounts of runs",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefreshRunRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("state", fields.CharField(max_length=16)),
                ("parallel", fields.IntField()),
                ("created_at", fields.FloatField(db_index=True)),
                ("ended_at", fields.FloatField(null=True)),
                ("worker", fields.CharField(max_length=64)),
                ("beat_at", fields.FloatField()),
            ],
            options={
                "table": "refresh_runs",
                "app": "gateway",
                "pk_attr": "id",
                "table_description": "runs over all accounts",
            },
            bases=["Model"],
        ),
    ]
