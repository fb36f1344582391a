"""Client keys in a real browser. Spec: admin-ui.md 2.3 (Keys), 2.6, 2.8; threats.md S12."""

import re

import httpx
import pytest
from playwright.async_api import expect

from tests.support.browser import DESK, PHONE, Panel, a_panel

HOSTILE = "<img src=x onerror=alert(1)>\u202eevil 密钥 " + "n" * 60


async def made_key(panel: Panel, name: str) -> str:
    """A key, made with the mouse; gives the secret as the page shows it."""
    page = panel.page
    await panel.open("/admin/keys")
    await page.locator("#new-key, #first-key").first.click()
    await page.locator("#field-name").fill(name)
    await page.locator("#save-key").click()
    return await page.locator("#secret").inner_text()


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESK, "en")])
async def test_a_key_is_made_shown_once_and_works(width: int, language: str) -> None:
    """admin-ui.md 2.3: after creation the key once, with copy, and snippets with the real base URL."""
    async with a_panel(width=width, language=language) as panel:
        page = panel.page
        secret = await made_key(panel, HOSTILE.replace("\u202e", ""))
        await panel.shot(f"key-fresh-{language}-{width}")
        await panel.check()
        await page.locator("#summary-curl").click()
        curl = await page.locator("#snippet-curl").inner_text()
        assert panel.world.base_url in curl
        assert secret in curl
        assert "<img" in await page.get_by_role("heading", level=1).inner_text()

        async with httpx.AsyncClient(base_url=panel.world.base_url, trust_env=False) as client:
            reply = await client.get("/v1/models", headers={"authorization": f"Bearer {secret}"})
        assert reply.status_code == 200

        assert secret not in page.url
        assert all(secret not in cookie.get("value", "") for cookie in await page.context.cookies())
        await page.reload()
        assert secret not in await page.content()
        await panel.shot(f"keys-{language}-{width}")
        await panel.check()


async def test_a_key_lives_its_life_by_keyboard() -> None:
    """admin-ui.md 2.8: everything without a mouse; the focus is never lost on the body."""
    async with a_panel() as panel:
        page = panel.page
        await panel.open("/admin/keys")
        await page.locator("#new-key").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#field-name")).to_be_focused()
        await page.keyboard.type("by keyboard")
        await page.keyboard.press("Enter")
        await page.locator("#secret").wait_for()
        await page.locator("#to-key").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("by keyboard")
        for verb, state in (("#pause-resume", "Paused"), ("#pause-resume", "Active")):
            await page.locator(verb).focus()
            await page.keyboard.press("Enter")
            await expect(page.locator("#key-facts")).to_contain_text(state)
            await expect(page.locator(verb)).to_be_focused()
        await page.locator("#revoke").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#do-revoke")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#revoke")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.locator("#do-revoke").press("Enter")
        await expect(page.locator("#key-facts")).to_contain_text("Revoked")
        assert await page.evaluate("document.activeElement !== document.body")
        await panel.shot("key-detail-en-1360")
        await panel.check()


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost() -> None:
    """admin-ui.md 2.6: errors stay by the control."""
    async with a_panel(scripts=False) as panel:
        page = panel.page
        await panel.open("/admin/keys/new?preset=a_friend")
        await page.locator("#field-name").fill("friend")
        await page.locator("#field-daily_tokens").fill("many")
        await page.locator("#save-key").click()
        assert "int" in await page.locator("#problem-daily_tokens").inner_text()
        assert await page.locator("#field-name").input_value() == "friend"
        assert await page.locator("#field-daily_tokens").input_value() == "many"
        await page.locator("#field-daily_tokens").fill("5000")
        await page.locator("#save-key").click()
        assert re.match(r"sk-", await page.locator("#secret").inner_text())


async def test_a_rotated_key_leaves_the_old_one_some_time_in_the_dark() -> None:
    """admin-ui.md 2.3: rotate, the old one valid for n hours."""
    async with a_panel(dark=True, width=PHONE) as panel:
        page = panel.page
        old = await made_key(panel, "turning")
        await page.locator("#to-key").click()
        await page.locator("#rotate").click()
        await page.locator("#do-rotate").click()
        await page.locator("#secret").wait_for()
        new = await page.locator("#secret").inner_text()
        await panel.shot("key-rotated-en-390-dark")
        await panel.check()
        assert new != old
        async with httpx.AsyncClient(base_url=panel.world.base_url, trust_env=False) as client:
            for key in (old, new):
                reply = await client.get("/v1/models", headers={"authorization": f"Bearer {key}"})
                assert reply.status_code == 200
