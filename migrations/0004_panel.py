"""What the panel reads: pages of requests, sums, histograms, timelines, and who changed what."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

from app.store.together import Together


class Migration(migrations.Migration):
    dependencies = [("gateway", "0003_refresh_runs")]

    operations = [
        ops.AlterField(
            model_name="FlowRow",
            name="minute",
            field=fields.BigIntField(),
        ),
        ops.AlterField(
            model_name="FlowRow",
            name="outcome",
            field=fields.CharField(max_length=32),
        ),
        Together(
            ops.CreateModel(
                name="AccountEventRow",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("account", fields.CharField(max_length=32)),
                    ("at", fields.FloatField(db_index=True)),
                    ("state", fields.CharField(max_length=32)),
                    ("cause", fields.TextField(unique=False)),
                ],
                options={
                    "table": "account_events",
                    "app": "gateway",
                    "indexes": [Index(fields=["account", "at"], name="events_of_account")],
                    "pk_attr": "id",
                    "table_description": "states that accounts came into",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="AuditRow",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("at", fields.FloatField(db_index=True)),
                    ("actor", fields.CharField(max_length=128)),
                    ("action", fields.CharField(max_length=64)),
                    ("subject", fields.CharField(max_length=200)),
                    ("detail", fields.TextField(unique=False)),
                ],
                options={
                    "table": "audit",
                    "app": "gateway",
                    "pk_attr": "id",
                    "table_description": "what operators changed",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="ErrandRow",
                fields=[
                    ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                    ("progress", fields.BigIntField()),
                ],
                options={
                    "table": "errands",
                    "app": "gateway",
                    "pk_attr": "name",
                    "table_description": "what is done once after an upgrade",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="LatencyRow",
                fields=[
                    ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=330)),
                    ("grain", fields.CharField(max_length=8)),
                    ("start", fields.BigIntField()),
                    ("dimension", fields.CharField(max_length=16)),
                    ("value", fields.CharField(max_length=200)),
                    ("bucket", fields.IntField()),
                    ("count", fields.BigIntField()),
                ],
                options={
                    "table": "latencies",
                    "app": "gateway",
                    "indexes": [
                        Index(fields=["grain", "dimension", "value", "start"], name="latencies_of_value"),
                        Index(fields=["grain", "start"], name="latencies_in_time"),
                    ],
                    "pk_attr": "id",
                    "table_description": "histograms of the time to the first output",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="QuotaPointRow",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("account", fields.CharField(max_length=32)),
                    ("quota_group", fields.CharField(max_length=64)),
                    ("window", fields.CharField(max_length=32)),
                    ("at", fields.FloatField(db_index=True)),
                    ("left", fields.FloatField(null=True)),
                ],
                options={
                    "table": "quota_points",
                    "app": "gateway",
                    "indexes": [Index(fields=["account", "at"], name="quota_of_account")],
                    "pk_attr": "id",
                    "table_description": "what was left of quotas",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="RollupRow",
                fields=[
                    ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=320)),
                    ("grain", fields.CharField(max_length=8)),
                    ("start", fields.BigIntField()),
                    ("dimension", fields.CharField(max_length=16)),
                    ("value", fields.CharField(max_length=200)),
                    ("requests", fields.BigIntField()),
                    ("failures", fields.BigIntField()),
                    ("estimated", fields.BigIntField()),
                    ("prompt_tokens", fields.BigIntField()),
                    ("cached_tokens", fields.BigIntField()),
                    ("output_tokens", fields.BigIntField()),
                    ("thought_tokens", fields.BigIntField()),
                ],
                options={
                    "table": "rollups",
                    "app": "gateway",
                    "indexes": [Index(fields=["grain", "dimension", "start"], name="rollups_in_time")],
                    "pk_attr": "id",
                    "table_description": "sums per hour, day and month",
                },
                bases=["Model"],
            ),
            ops.AddField(
                model_name="AccountRow",
                name="concurrent",
                field=fields.IntField(null=True),
            ),
            ops.AddField(
                model_name="AccountRow",
                name="note",
                field=fields.TextField(db_default="", unique=False),
            ),
            ops.AddField(
                model_name="FlowRow",
                name="client",
                field=fields.CharField(db_default="", max_length=64),
            ),
            ops.AddField(
                model_name="FlowRow",
                name="origin",
                field=fields.CharField(db_default="client", max_length=16),
            ),
            ops.AddField(
                model_name="FlowRow",
                name="passed",
                field=fields.TextField(db_default="", unique=False),
            ),
            ops.AddField(
                model_name="FlowRow",
                name="queue_ms",
                field=fields.IntField(null=True),
            ),
            ops.AddIndex(
                model_name="FlowRow",
                index=Index(fields=["started_at", "id"], name="flows_newest"),
            ),
            ops.AddIndex(
                model_name="FlowRow",
                index=Index(fields=["key", "started_at"], name="flows_of_key"),
            ),
            ops.AddIndex(
                model_name="FlowRow",
                index=Index(fields=["account", "started_at"], name="flows_of_account"),
            ),
            ops.AddIndex(
                model_name="FlowRow",
                index=Index(fields=["model", "started_at"], name="flows_of_model"),
            ),
            ops.AddIndex(
                model_name="FlowRow",
                index=Index(fields=["outcome", "started_at"], name="flows_of_outcome"),
            ),
            ops.AddIndex(
                model_name="AttemptRow",
                index=Index(fields=["account", "started_at"], name="attempts_of_account"),
            ),
            ops.AddField(
                model_name="KeyRow",
                name="addresses",
                field=fields.TextField(null=True, unique=False),
            ),
            ops.AddField(
                model_name="KeyRow",
                name="concurrent",
                field=fields.BigIntField(null=True),
            ),
            ops.AddField(
                model_name="KeyRow",
                name="note",
                field=fields.TextField(db_default="", unique=False),
            ),
            ops.AddField(
                model_name="KeyRow",
                name="paused",
                field=fields.BooleanField(db_default=False),
            ),
            ops.AddField(
                model_name="RefreshRunRow",
                name="parts",
                field=fields.CharField(db_default="token,quota,models", max_length=64),
            ),
            ops.AddField(
                model_name="RefreshRunRow",
                name="scope",
                field=fields.TextField(db_default="", unique=False),
            ),
            ops.AddField(
                model_name="RefreshRunRow",
                name="stopped",
                field=fields.TextField(db_default="", unique=False),
            ),
        ),
    ]
