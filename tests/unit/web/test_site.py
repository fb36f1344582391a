"""The Quart app. Source: architecture 7.6."""

from pathlib import Path

from app.web.site import build_quart
from tests.support.gateways import a_gateway


async def test_the_framework_sets_no_limits_of_its_own(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, body_max_bytes=1000, body_timeout_s=7.0) as gateway:
        config = build_quart(gateway).config

    assert config["RESPONSE_TIMEOUT"] is None
    assert (config["MAX_CONTENT_LENGTH"], config["BODY_TIMEOUT"]) == (1000, 7.0)
