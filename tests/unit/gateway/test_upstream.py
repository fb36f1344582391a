"""The way out, as the settings want it."""

import pytest

from app.errors import OAuthClientRejected, UpstreamUnreachable
from app.gateway.upstream import antigravity_options, open_way
from app.settings.load import load
from tests.support.clock import ManualClock

SETTINGS = load(
    {
        "UPSTREAM_BASE_URLS": "http://127.0.0.1:9",
        "UPSTREAM_USER_AGENT": "agent/1",
        "IDENTITY_PREAMBLE": "You are kind.",
        "HEADER_S": "7",
        "HEADER_THINKING_S": "8",
    }
).settings


def test_the_upstream_has_its_share_of_the_settings() -> None:
    options = antigravity_options(SETTINGS)

    assert options.base_urls == ("http://127.0.0.1:9",)
    assert (options.user_agent, options.preamble) == ("agent/1", "You are kind.")
    assert (options.header_wait_s, options.thinking_header_wait_s) == (7.0, 8.0)
    assert options.oauth_client_id is None


async def test_a_way_leads_out_and_is_closed_behind_whoever_used_it() -> None:
    async with open_way(SETTINGS, ManualClock()) as way:
        with pytest.raises(UpstreamUnreachable):
            await way.http.send("GET", "http://127.0.0.1:9/", timeout_s=5)
        with pytest.raises(OAuthClientRejected):
            await way.oauth.refresh("refresh-anna")
