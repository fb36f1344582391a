"""The system's pages in a real browser. Spec: admin-ui.md 2.3 (System), 2.6 to 2.8; threats.md S03, S08."""

import io

import httpx
import structlog
from playwright.async_api import expect

from app.observe.logging import configure_logging
from tests.support.browser import PASSWORD, PHONE, Panel, a_panel

MARKUP = "<img src=x onerror=alert(1)>\u202e\x1b[31m"


async def another_session(panel: Panel, agent: str) -> str:
    """Somebody else signs in; gives the token."""
    headers = {"user-agent": agent}
    async with httpx.AsyncClient(base_url=panel.world.base_url, trust_env=False, headers=headers) as client:
        begun = await client.post("/admin/api/session", json={"password": PASSWORD})
    return str(begun.json()["token"])


async def status_with(panel: Panel, token: str) -> int:
    """What the API says to a token."""
    async with httpx.AsyncClient(base_url=panel.world.base_url, trust_env=False) as client:
        reply = await client.get("/admin/api/system", headers={"authorization": f"Bearer {token}"})
    return reply.status_code


async def test_backups_and_sessions_come_and_go_with_the_mouse() -> None:
    """admin-ui.md 2.3: backup, sessions (sign out elsewhere); threats.md S03: the password as a token."""
    async with a_panel() as panel:
        page = panel.page
        one, two = [await another_session(panel, f"agent {name} {MARKUP[:28]}") for name in "ab"]
        await panel.open("/admin/system")
        await expect(page.locator("#health")).to_contain_text("as it should")
        await expect(page.locator("#password-use")).to_contain_text("nobody")
        assert await status_with(panel, PASSWORD) == 200
        await page.locator("#make-backup").click()
        await expect(page.locator("#notice")).to_contain_text(".sqlite was made")
        await expect(page.locator("#password-use")).to_contain_text("127.0.0.1")
        async with page.expect_download() as downloading:
            await page.locator("#download-1").click()
        assert (await downloading.value).suggested_filename.endswith(".sqlite")
        await panel.shot("system-en-1360")
        await panel.check()

        mine = page.locator("#sessions tbody tr")
        assert await mine.count() == 3
        await page.locator("#sessions button[id^=end-]:not(#end-others)").first.click()
        await expect(mine).to_have_count(2)
        assert sorted([await status_with(panel, one), await status_with(panel, two)]) == [200, 401]
        await page.locator("#end-others").click()
        await expect(mine).to_have_count(1)
        assert [await status_with(panel, one), await status_with(panel, two)] == [401, 401]

        await page.locator("#remove-1").click()
        await expect(page.locator("#do-remove")).to_be_focused()
        await panel.check()
        await page.locator("#do-remove").press("Enter")
        await expect(page.locator("#backups")).to_contain_text("no backup yet")

        await page.locator("#to-audit").click()
        await expect(page.locator("h1")).to_have_text("Audit log")
        await expect(page.locator("td code").first).to_have_text("backup.remove")
        await page.locator("#action").select_option("session")
        await page.locator("#filter").click()
        await expect(page.locator("tbody tr")).to_have_count(2)
        await panel.check()


async def test_what_was_changed_is_told_as_before_and_after_on_a_phone() -> None:
    """admin-ui.md 2.3: audit log, with its filter in the address."""
    async with a_panel(width=PHONE, language="zh", dark=True) as panel:
        page = panel.page
        await panel.open("/admin/system/audit")
        await expect(page.locator(".empty")).to_be_visible()
        async with httpx.AsyncClient(base_url=panel.world.base_url, trust_env=False) as client:
            client.headers["authorization"] = f"Bearer {PASSWORD}"
            await client.put("/admin/api/settings/idle_s", json={"value": 33})
            await client.post("/admin/api/keys", json={"name": MARKUP[:28] + "名" * 30})
            change = {"values": {"most_characters": 5000}}
            await client.patch("/admin/api/addons/tool_output_limit/options", json=change)
        await page.reload()
        await expect(page.locator("tbody tr")).to_have_count(3)
        await expect(page.locator("tbody tr").nth(0)).to_contain_text("5000")
        await expect(page.locator("tbody tr").nth(0)).to_contain_text("127.0.0.1")
        await expect(page.locator("tbody tr").nth(1)).to_contain_text("<img")
        await panel.shot("audit-zh-390-dark")
        await panel.check()
        await page.locator("#find").fill("idle_s")
        await page.keyboard.press("Enter")
        await expect(page.locator("tbody tr")).to_have_count(1)
        assert "subject=idle_s" in page.url
        await panel.open("/admin/system")
        await panel.shot("system-zh-390-dark")
        await panel.check()


async def test_the_log_is_read_paused_and_filtered() -> None:
    """admin-ui.md 2.3: server log (filter, pause, download). threats.md S08, S14."""
    logs = configure_logging("info", stream=io.StringIO(), secrets=("a-planted-canary",))
    try:
        async with a_panel() as panel:
            page, gateway = panel.page, panel.world.gateway
            gateway.log_tail = logs.tail
            log = structlog.get_logger("test")
            for number in range(60):
                log.info("something happened", number=number, said="a-planted-canary")
            log.warning("careful " + MARKUP)
            try:
                raise RuntimeError("an error " + MARKUP)
            except RuntimeError:
                log.exception("it failed")
            await panel.open("/admin/system/log")
            last = page.locator(".log li").last
            await expect(last).to_contain_text("it failed")
            await expect(last).to_be_in_viewport()
            assert "a-planted-canary" not in await page.content()
            await panel.shot("log-en-1360")
            await panel.check()
            log.info("one more")
            gateway.news.note("requests")
            await expect(page.locator(".log li").last).to_contain_text("one more")

            await page.locator("#pause").click()
            await expect(page.locator("#pause")).to_have_text("Go on")
            before = await page.locator(".log li").count()
            log.info("unseen")
            gateway.news.note("requests")
            await page.locator("#level").select_option("error")
            await page.locator("#filter").press("Enter")
            await expect(page.locator(".log li")).to_have_count(1)
            assert before > 60
            assert "paused=1" in page.url
            await page.locator("#find").fill("nowhere to be found")
            await page.keyboard.press("Enter")
            await expect(page.locator("#clear-filter")).to_be_visible()
            await panel.check()
            await panel.open("/admin/system/log?level=loud")
            assert await page.locator("h1").is_visible()
            await panel.open("/admin/system/log")
            async with page.expect_download() as downloading:
                await page.locator("#download").click()
            assert (await downloading.value).suggested_filename == "antigravity-proxy.log"
    finally:
        logs.close()
