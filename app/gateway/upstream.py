"""The way out: one HTTP client for the process, and the upstream that answers through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from app.clock import Clock
from app.settings.schema import Settings
from app.upstreams.antigravity.client import AntigravityUpstream
from app.upstreams.antigravity.endpoints import AntigravityOptions
from app.upstreams.antigravity.oauth import AntigravityOAuth
from app.upstreams.http import HttpOptions, UpstreamHttp


class Way(Struct, frozen=True):
    """Who answers, and who keeps its accounts signed in."""

    http: UpstreamHttp
    upstream: AntigravityUpstream
    oauth: AntigravityOAuth


@asynccontextmanager
async def open_way(settings: Settings, clock: Clock) -> AsyncIterator[Way]:
    """The way out as the settings want it; its connections close at the end of the block."""
    http = UpstreamHttp(
        HttpOptions(connect_s=settings.limits.connect_s, proxy=settings.upstream.outbound_proxy)
    )
    options = antigravity_options(settings)
    try:
        yield Way(http, AntigravityUpstream(http, options, clock), AntigravityOAuth(http, options))
    finally:
        await http.aclose()


def antigravity_options(settings: Settings) -> AntigravityOptions:
    """The upstream's share of the settings."""
    upstream, limits = settings.upstream, settings.limits
    return AntigravityOptions(
        base_urls=upstream.upstream_base_urls,
        user_agent=upstream.upstream_user_agent,
        oauth_auth_url=upstream.oauth_auth_url,
        oauth_token_url=upstream.oauth_token_url,
        oauth_userinfo_url=upstream.oauth_userinfo_url,
        oauth_client_id=upstream.oauth_client_id,
        oauth_client_secret=upstream.oauth_client_secret,
        preamble=upstream.identity_preamble,
        header_wait_s=limits.header_s,
        thinking_header_wait_s=limits.header_thinking_s,
    )
