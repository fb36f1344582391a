"""The tables. The rest of the program never sees an instance of these, only plain structs.

Instants are epoch seconds, so that they mean the same on every database. A column added later is nullable or
has `db_default`, or the migration fails on tables with rows. Each table has a description of its own, because
Tortoise would take the docstring, and every change of one would be a migration.
Never: relations, JSON columns that change in place, or anything a request has to wait for.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class AccountRow(Model):
    """An upstream identity. `refresh_token` is sealed, `models` a JSON list."""

    id = fields.CharField(max_length=32, primary_key=True)
    email = fields.CharField(max_length=320, unique=True)
    refresh_token = fields.TextField()
    project = fields.CharField(max_length=255, null=True)
    tier = fields.CharField(max_length=64, null=True)
    enabled = fields.BooleanField(db_default=True)
    state = fields.CharField(max_length=32)
    state_reason = fields.TextField()
    state_link = fields.CharField(max_length=2048, null=True)
    models = fields.TextField(null=True)
    version = fields.BigIntField(db_default=0)
    created_at = fields.FloatField()
    updated_at = fields.FloatField()
    note = fields.TextField(db_default="")
    concurrent = fields.IntField(null=True)

    class Meta:
        table = "accounts"
        table_description = "upstream identities"


class KeyRow(Model):
    """A client key: what finds it and what people recognise it by, never the key. `models` and `addresses`
    are JSON lists."""

    id = fields.CharField(max_length=32, primary_key=True)
    name = fields.CharField(max_length=200)
    digest = fields.CharField(max_length=64, unique=True)
    prefix = fields.CharField(max_length=16)
    last4 = fields.CharField(max_length=4)
    models = fields.TextField(null=True)
    created_at = fields.FloatField()
    expires_at = fields.FloatField(null=True)
    revoked_at = fields.FloatField(null=True)
    changed_at = fields.FloatField(db_index=True)
    last_used_at = fields.FloatField(null=True)
    daily_tokens = fields.BigIntField(null=True)
    monthly_tokens = fields.BigIntField(null=True)
    requests_per_minute = fields.BigIntField(null=True)
    tokens_per_minute = fields.BigIntField(null=True)
    note = fields.TextField(db_default="")
    paused = fields.BooleanField(db_default=False)
    concurrent = fields.BigIntField(null=True)
    addresses = fields.TextField(null=True)

    class Meta:
        table = "keys"
        table_description = "client keys, hashed"


class FlowRow(Model):
    """One request. Written when its first attempt starts (outcome `running`) and again at its end. `passed`
    is a JSON list of the accounts that were passed over. The indexes serve pages, newest first."""

    id = fields.CharField(max_length=64, primary_key=True)
    started_at = fields.FloatField()
    minute = fields.BigIntField()
    instance = fields.CharField(max_length=64)
    key = fields.CharField(max_length=32)
    dialect = fields.CharField(max_length=32)
    model_asked = fields.CharField(max_length=200)
    model = fields.CharField(max_length=200)
    account = fields.CharField(max_length=32)
    streamed = fields.BooleanField()
    outcome = fields.CharField(max_length=32)
    code = fields.CharField(max_length=64)
    status = fields.IntField()
    attempts = fields.IntField()
    phase = fields.CharField(max_length=32)
    first_output_ms = fields.IntField(null=True)
    duration_ms = fields.IntField()
    bytes_out = fields.BigIntField()
    prompt_tokens = fields.BigIntField()
    cached_tokens = fields.BigIntField()
    output_tokens = fields.BigIntField()
    thought_tokens = fields.BigIntField()
    usage_source = fields.CharField(max_length=16)
    client_gone = fields.BooleanField()
    notes = fields.TextField()
    origin = fields.CharField(max_length=16, db_default="client")
    client = fields.CharField(max_length=64, db_default="")
    queue_ms = fields.IntField(null=True)
    passed = fields.TextField(db_default="")

    class Meta:
        table = "flows"
        table_description = "one row per request"
        indexes = (
            Index(fields=("started_at", "id"), name="flows_newest"),
            Index(fields=("key", "started_at"), name="flows_of_key"),
            Index(fields=("account", "started_at"), name="flows_of_account"),
            Index(fields=("model", "started_at"), name="flows_of_model"),
            Index(fields=("outcome", "started_at"), name="flows_of_outcome"),
        )


class AttemptRow(Model):
    """One try of a request. `id` is the flow's id, a slash and the number."""

    id = fields.CharField(max_length=80, primary_key=True)
    flow = fields.CharField(max_length=64, db_index=True)
    number = fields.IntField()
    account = fields.CharField(max_length=32)
    started_at = fields.FloatField()
    duration_ms = fields.IntField()
    code = fields.CharField(max_length=64)
    kind = fields.CharField(max_length=64)
    status = fields.IntField(null=True)
    wait_s = fields.FloatField()

    class Meta:
        table = "attempts"
        table_description = "tries of requests"
        indexes = (Index(fields=("account", "started_at"), name="attempts_of_account"),)


class UsageRow(Model):
    """Sums per minute, key, model and account. `id` is made of the four, so that adding is one statement."""

    id = fields.CharField(max_length=320, primary_key=True)
    minute = fields.BigIntField(db_index=True)
    key = fields.CharField(max_length=32)
    model = fields.CharField(max_length=200)
    account = fields.CharField(max_length=32)
    requests = fields.BigIntField()
    failures = fields.BigIntField()
    estimated = fields.BigIntField()
    prompt_tokens = fields.BigIntField()
    cached_tokens = fields.BigIntField()
    output_tokens = fields.BigIntField()
    thought_tokens = fields.BigIntField()

    class Meta:
        table = "usage"
        table_description = "sums per minute, key, model and account"


class CountedRow(Model):
    """A flow whose usage is in the sums, so that the journal can be replayed any number of times."""

    flow = fields.CharField(max_length=64, primary_key=True)
    minute = fields.BigIntField(db_index=True)

    class Meta:
        table = "counted_flows"
        table_description = "flows that are in the sums"


class SignatureRow(Model):
    """A remembered thought signature; `payload` belongs to the signature memory."""

    id = fields.CharField(max_length=255, primary_key=True)
    payload = fields.BinaryField()
    seen_at = fields.FloatField(db_index=True)

    class Meta:
        table = "signatures"
        table_description = "remembered thought signatures"


class KnobRow(Model):
    """A setting changed while running; `value` is JSON."""

    name = fields.CharField(max_length=64, primary_key=True)
    value = fields.TextField()
    version = fields.BigIntField()
    updated_at = fields.FloatField()

    class Meta:
        table = "knobs"
        table_description = "settings changed while running"


class VaultRow(Model):
    """A secret of the gateway itself that all its instances share, sealed."""

    name = fields.CharField(max_length=64, primary_key=True)
    sealed = fields.TextField()

    class Meta:
        table = "vault"
        table_description = "sealed secrets of the gateway"


class SessionRow(Model):
    """A signed-in administrator; signing out is deleting the row."""

    id = fields.CharField(max_length=64, primary_key=True)
    created_at = fields.FloatField()
    expires_at = fields.FloatField(db_index=True)
    last_seen_at = fields.FloatField()
    peer = fields.CharField(max_length=64)
    agent = fields.CharField(max_length=255)

    class Meta:
        table = "admin_sessions"
        table_description = "signed-in administrators"


class PoolStateRow(Model):
    """What the pool would miss after a restart: cool-downs and windows. `payload` is the pool's."""

    id = fields.CharField(max_length=255, primary_key=True)
    payload = fields.BinaryField()
    until = fields.FloatField(db_index=True)

    class Meta:
        table = "pool_state"
        table_description = "cool-downs and windows"


class RefreshRunRow(Model):
    """A run over accounts. `worker` is who is at it, `beat_at` its last sign of life, `scope` which accounts
    as JSON, `parts` what is fetched of each, `stopped` why it stopped itself."""

    id = fields.CharField(max_length=32, primary_key=True)
    state = fields.CharField(max_length=16)
    parallel = fields.IntField()
    created_at = fields.FloatField(db_index=True)
    ended_at = fields.FloatField(null=True)
    worker = fields.CharField(max_length=64)
    beat_at = fields.FloatField()
    scope = fields.TextField(db_default="")
    parts = fields.CharField(max_length=64, db_default="token,quota,models")
    stopped = fields.TextField(db_default="")

    class Meta:
        table = "refresh_runs"
        table_description = "runs over all accounts"


class RefreshItemRow(Model):
    """One account of a run. `id` is the run's id, a slash and the account's place in it."""

    id = fields.CharField(max_length=64, primary_key=True)
    run = fields.CharField(max_length=32, db_index=True)
    place = fields.IntField()
    account = fields.CharField(max_length=32)
    email = fields.CharField(max_length=320)
    state = fields.CharField(max_length=16)
    reason = fields.TextField()
    ended_at = fields.FloatField(null=True)

    class Meta:
        table = "refresh_items"
        table_description = "accounts of runs"


class RollupRow(Model):
    """Sums of one value of one dimension over an hour, a day or a month. `id` is made of grain, start,
    dimension and value; `start` is in epoch seconds."""

    id = fields.CharField(max_length=320, primary_key=True)
    grain = fields.CharField(max_length=8)
    start = fields.BigIntField()
    dimension = fields.CharField(max_length=16)
    value = fields.CharField(max_length=200)
    requests = fields.BigIntField()
    failures = fields.BigIntField()
    estimated = fields.BigIntField()
    prompt_tokens = fields.BigIntField()
    cached_tokens = fields.BigIntField()
    output_tokens = fields.BigIntField()
    thought_tokens = fields.BigIntField()

    class Meta:
        table = "rollups"
        table_description = "sums per hour, day and month"
        indexes = (Index(fields=("grain", "dimension", "start"), name="rollups_in_time"),)


class LatencyRow(Model):
    """How many first outputs took how long: one bucket of a histogram whose buckets grow by a factor, so that
    histograms can be added. `id` is that of the sum, a slash and the bucket."""

    id = fields.CharField(max_length=330, primary_key=True)
    grain = fields.CharField(max_length=8)
    start = fields.BigIntField()
    dimension = fields.CharField(max_length=16)
    value = fields.CharField(max_length=200)
    bucket = fields.IntField()
    count = fields.BigIntField()

    class Meta:
        table = "latencies"
        table_description = "histograms of the time to the first output"
        indexes = (
            Index(fields=("grain", "dimension", "value", "start"), name="latencies_of_value"),
            Index(fields=("grain", "start"), name="latencies_in_time"),
        )


class AuditRow(Model):
    """Something that an operator changed. `detail` is JSON without secrets."""

    id = fields.BigIntField(primary_key=True)
    at = fields.FloatField(db_index=True)
    actor = fields.CharField(max_length=128)
    action = fields.CharField(max_length=64)
    subject = fields.CharField(max_length=200)
    detail = fields.TextField()

    class Meta:
        table = "audit"
        table_description = "what operators changed"


class AccountEventRow(Model):
    """An account came into a state. `cause` is a sentence."""

    id = fields.BigIntField(primary_key=True)
    account = fields.CharField(max_length=32)
    at = fields.FloatField(db_index=True)
    state = fields.CharField(max_length=32)
    cause = fields.TextField()

    class Meta:
        table = "account_events"
        table_description = "states that accounts came into"
        indexes = (Index(fields=("account", "at"), name="events_of_account"),)


class QuotaPointRow(Model):
    """What was left of a quota when that had changed. `left` is a share of 1, null when unknown."""

    id = fields.BigIntField(primary_key=True)
    account = fields.CharField(max_length=32)
    quota_group = fields.CharField(max_length=64)
    window = fields.CharField(max_length=32)
    at = fields.FloatField(db_index=True)
    left = fields.FloatField(null=True)

    class Meta:
        table = "quota_points"
        table_description = "what was left of quotas"
        indexes = (Index(fields=("account", "at"), name="quota_of_account"),)


class ErrandRow(Model):
    """How far something has come that is done once after an upgrade. `progress` belongs to the errand."""

    name = fields.CharField(max_length=64, primary_key=True)
    progress = fields.BigIntField()

    class Meta:
        table = "errands"
        table_description = "what is done once after an upgrade"
