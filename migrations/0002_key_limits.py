"""What a key may use: tokens a day and a month, requests and tokens a minute."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial")]

    operations = [
        ops.AddField("KeyRow", "daily_tokens", fields.BigIntField(null=True)),
        ops.AddField("KeyRow", "monthly_tokens", fields.BigIntField(null=True)),
        ops.AddField("KeyRow", "requests_per_minute", fields.BigIntField(null=True)),
        ops.AddField("KeyRow", "tokens_per_minute", fields.BigIntField(null=True)),
    ]
