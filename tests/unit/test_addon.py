"""The stable face for addons. Its names are a promise: taking one away is a breaking change."""

import app.addon

NAMES = """
Addon AdminCall Answer ArgsDelta Attempt BadOption BadRequest Begin Blob BlobOut Call Caller Close Collector
Credential Decoder Dialect Encoded End Endpoint Event Extra Fault Flow Forbidden GatewayError Ids Job
LimitReached Link Loader ModelProfile NotFound Note Opaque Params Part PoolChange PoolError Proceed Prompt
Secret Signed Stage Struct Text TextDelta TextOpen ThinkingRange Thought ThoughtDelta ThoughtOpen ToolCall
ToolOpen ToolResult ToolSpec Turn UnknownModel Upstream UpstreamError Usage Writer collect field replace
unfold
"""


def test_the_names_that_addons_may_rely_on_are_these() -> None:
    """architecture.md 8.8."""
    assert sorted(app.addon.__all__) == sorted(NAMES.split())


def test_every_name_is_there() -> None:
    assert [name for name in app.addon.__all__ if not hasattr(app.addon, name)] == []
