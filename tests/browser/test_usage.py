"""Usage and the overview's figures in a real browser. Spec: admin-ui.md 2.3, Usage, Overview; 2.8, charts."""

import pytest

from tests.support.browser import DESK, PHONE, a_panel
from tests.support.traffic import all_sorts


@pytest.mark.parametrize(("width", "language", "dark"), [(DESK, "en", False), (PHONE, "zh", True)])
async def test_usage_looks_right(width: int, language: str, dark: bool) -> None:
    """admin-ui.md part 4: no violation, no error, nothing sideways, nothing serious from axe."""
    async with a_panel(width=width, language=language, dark=dark) as panel:
        name = f"{language}-{width}{'-dark' if dark else ''}"
        await panel.open("/admin/usage?range=week")
        await panel.page.locator("[data-drawn]").wait_for()
        await panel.shot(f"usage-empty-{name}")
        await panel.check()

        await all_sorts(panel.world)
        for query in ("range=hour", "range=day&by=key&measure=tokens", "measure=first_output&by=client"):
            await panel.open(f"/admin/usage?{query}")
            await panel.page.locator("[data-drawn]").wait_for()
            await panel.shot(f"usage-{query.replace('&', '-')}-{name}")
            await panel.check()
        await panel.open("/admin/?range=hour")
        await panel.page.locator("[data-drawn]").nth(2).wait_for()
        await panel.shot(f"overview-busy-{name}")
        await panel.check()
