"""The simulated backend beside the gateway."""

from contextlib import AsyncExitStack

from app.cli.simulated import beside
from app.settings.schema import Settings


async def test_the_settings_lead_to_the_simulator_and_nowhere_else() -> None:
    async with AsyncExitStack() as stack:
        upstream = (await beside(stack, Settings())).upstream

    addresses = (
        *upstream.upstream_base_urls,
        upstream.oauth_auth_url,
        upstream.oauth_token_url,
        upstream.oauth_userinfo_url,
    )
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)
    assert upstream.oauth_client_id
    assert upstream.oauth_client_secret
