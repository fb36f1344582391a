"""Accounts in a real browser. Spec: admin-ui.md 2.3, 2.6, 2.8 to 2.10; threats.md S08, S13, S31."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from app.pool.model import AccountState
from app.store.parcel import unpack
from tests.support.browser import DESK, PASSWORD, PHONE, Panel, a_panel

HOSTILE = "<img src=x onerror=alert(1)>\u202e\x1b[31m 账号 " + "n" * 60
LONG = "a-very-long-name-that-somebody-really-has-1234567890@example-company.test"


async def mark(panel: Panel, number: int, state: AccountState, reason: str = "", link: str = "") -> str:
    """Bring an account into a state, as the upstream's word would; gives its id."""
    gateway = panel.world.gateway
    account = gateway.pool.snapshot()[number].id
    await gateway.store.accounts.set_state(account, state, reason=reason, link=link or None)
    await gateway.pool.load()
    return account


@pytest.mark.parametrize(
    ("width", "language", "dark"), [(DESK, "en", False), (PHONE, "zh", True)], ids=["desk", "phone"]
)
async def test_states_are_told_in_words_with_the_way_out(width: int, language: str, dark: bool) -> None:
    """Those that need you come first; what is not known is never 100 %; text from outside stays text."""
    async with a_panel(width=width, language=language, dark=dark, accounts=4) as panel:
        page, gateway = panel.page, panel.world.gateway
        known = gateway.pool.snapshot()[0].id
        await gateway.pool.renew(known)
        await gateway.pool.describe(known, note=HOSTILE, concurrent=2)
        await mark(panel, 2, AccountState.SUSPENDED, HOSTILE)
        link = "https://accounts.google.com/signin/continue?x=1"
        verified = await mark(panel, 3, AccountState.NEEDS_VERIFICATION, "Verify it.", link)
        await gateway.pool.add(email=LONG, refresh_token="1//long", project="project")

        await panel.open("/admin/accounts")
        rows = page.locator("#account-list tbody tr")
        assert await rows.count() == 5
        assert await rows.nth(0).get_attribute("id") != f"row-{known}"
        out = page.locator(f"#link-{verified}")
        assert await out.get_attribute("href") == link
        assert await out.get_attribute("rel") == "noopener noreferrer"
        assert "<img" in await page.locator(f"#row-{known}").inner_text()
        assert await page.locator(f"#row-{known} svg.bar rect.fill").count() == 4
        assert await page.locator("#row-" + gateway.pool.snapshot()[1].id + " svg.bar rect").count() == 0
        await panel.shot(f"accounts-{language}-{width}")
        await panel.check()

        await page.locator("#state").select_option("needs_you")
        await page.locator("#filter").click()
        await expect(rows).to_have_count(2)
        await page.locator("#find").fill("nobody at all")
        await page.locator("#filter").click()
        await expect(page.locator("#show-all")).to_be_visible()
        await panel.check()

        await panel.open(f"/admin/accounts/{known}")
        assert "<img" in await page.locator("#account-now").inner_text()
        await panel.shot(f"account-{language}-{width}")
        await panel.check()


async def test_an_account_is_switched_described_cleared_and_removed_by_keyboard() -> None:
    """admin-ui.md 2.8: j k move, x select, e enable/disable; the focus is never on the body."""
    async with a_panel(scenario="one-exhausted") as panel:
        page, gateway = panel.page, panel.world.gateway
        async with panel.world.client() as client:
            body = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "Hi"}]}
            for _ in range(3):
                await client.post("/v1/chat/completions", json=body)
        await panel.open("/admin/accounts?sort=name")
        second = gateway.pool.snapshot()[1]
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("e")
        await expect(page.locator("#notice")).to_contain_text(second.email)
        assert not gateway.pool.snapshot()[1].enabled
        assert await page.evaluate("document.activeElement !== document.body")
        await expect(page.locator(f"#row-{second.id}")).to_contain_text("Disabled")

        resting = next(one for one in gateway.pool.snapshot() if one.cooling)
        await panel.open(f"/admin/accounts/{resting.id}")
        await expect(page.locator("#state-title")).to_contain_text("Exhausted")
        await panel.shot("account-exhausted")
        await page.locator("#clear-1").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#state-title")).to_contain_text("Ready")
        await expect(page.locator("body")).not_to_be_focused()

        await page.locator("#edit").press("Enter")
        await expect(page.locator("#field-note")).to_be_focused()
        await page.keyboard.type("Anna's own")
        await page.locator("#field-concurrent").fill("many")
        await page.locator("#field-concurrent").press("Enter")
        await expect(page.locator("#problem-concurrent")).to_be_visible()
        await expect(page.locator("#field-note")).to_have_count(1)
        await expect(page.locator("#field-note")).to_have_value("Anna's own")
        await page.locator("#field-concurrent").fill("3")
        await page.locator("#field-concurrent").press("Enter")
        await expect(page.locator("#account-now")).to_contain_text("0 of 3")
        await panel.check()

        await page.locator("#remove").press("Enter")
        await expect(page.locator("#field-typed")).to_be_focused()
        await panel.shot("account-remove")
        await page.keyboard.press("Escape")
        await expect(page.locator("#remove")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.locator("#field-typed").fill(resting.email)
        await page.keyboard.press("Enter")
        await expect(page.locator("#notice")).to_contain_text("removed")
        assert len(gateway.pool.snapshot()) == 2
        await panel.check()


async def test_many_are_acted_on_by_choice_and_by_filter() -> None:
    """admin-ui.md 2.3: the wider selection is the filter; the confirmation says the number."""
    async with a_panel(accounts=6) as panel:
        page, gateway = panel.page, panel.world.gateway
        ids = [one.id for one in gateway.pool.snapshot()]
        await panel.open("/admin/accounts")
        await expect(page.locator("#batch-disable")).to_be_hidden()
        await page.locator(f"#choose-{ids[0]}").check()
        await page.locator("h1").click()
        for key in "jjx":
            await page.keyboard.press(key)
        gateway.news.note("accounts")
        await expect(page.locator("[data-count]")).to_have_text("2")
        await panel.shot("accounts-chosen")
        await panel.check()
        await page.locator("#batch-disable").click()
        await expect(page.locator("#notice")).to_contain_text("2 accounts are disabled")
        assert [one.enabled for one in gateway.pool.snapshot()] == [False] * 2 + [True] * 4

        await panel.open("/admin/accounts?state=disabled")
        await page.locator("#all-matching").click()
        await expect(page.locator("#modal-title")).to_have_text("2 accounts")
        await panel.check()
        await page.locator("#do-batch-remove").click()
        await expect(page.locator("#field-typed")).to_be_visible()
        await page.locator("#field-typed").fill("6")
        await page.locator("#do-batch-remove").click()
        await expect(page.locator("#problem-typed")).to_be_visible()
        await page.locator("#field-typed").fill("2")
        await page.locator("#do-batch-remove").click()
        await expect(page.locator("#notice")).to_contain_text("2 accounts are removed")
        assert [one.id for one in gateway.pool.snapshot()] == ids[2:]


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESK, "en")])
async def test_an_account_signs_in_by_an_address_that_is_pasted_back(width: int, language: str) -> None:
    """admin-ui.md 2.10; threats.md S31: a wrong paste is told and may be mended; a reload loses nothing."""
    async with a_panel(width=width, language=language, accounts=1) as panel:
        page = panel.page
        await panel.open("/admin/accounts")
        await page.locator("#add-account").click()
        await expect(page.locator("#begin-sign-in")).to_be_visible()
        await panel.shot(f"account-add-{language}-{width}")
        await panel.check()
        await page.locator("#begin-sign-in").click()
        await page.locator("#open-sign-in").wait_for()
        await page.reload()
        link = await page.locator("#open-sign-in").get_attribute("href")
        assert link is not None
        await page.locator("#field-pasted").fill(link)
        await page.locator("#finish-sign-in").click()
        await expect(page.locator("#problem-pasted")).to_be_visible()
        await panel.shot(f"account-sign-in-{language}-{width}")
        await panel.check()

        async with httpx.AsyncClient(trust_env=False) as browser:
            went = (await browser.get(link)).headers["location"]
        await page.locator("#field-pasted").fill(went)
        await page.locator("#finish-sign-in").click()
        await expect(page.locator("#notice")).to_contain_text("@")
        await expect(page.locator("#account-now")).to_be_visible()
        await panel.check()
        assert panel.world.gateway.pool.snapshot()


async def test_accounts_travel_in_a_file(tmp_path: Path) -> None:
    """Import: first what it means, then one transaction. Export: the password once more, sealed."""
    async with a_panel(accounts=2) as panel:
        page, known = panel.page, panel.world.simulator.accounts[0]
        brought = [
            {"email": "new@example.test", "refresh_token": "1//new"},
            {"email": known.email, "refresh_token": "1//other"},
            {"email": "no address", "refresh_token": "1//x"},
            {"email": HOSTILE},
        ]
        file = tmp_path / "accounts.json"
        file.write_text(json.dumps(brought, indent=1))
        await panel.open("/admin/accounts/import")
        await panel.check()
        await page.locator("#look-at-import").click()
        await expect(page.locator("#problem-content")).to_be_visible()
        await page.locator("#field-file").set_input_files(file)
        await page.locator("#look-at-import").click()
        for name, count in (("new", "1"), ("known", "1"), ("same", "0"), ("broken", "2")):
            await expect(page.locator(f"#count-{name}")).to_have_text(count)
        assert "1//" not in await page.content()
        assert len(panel.world.gateway.pool.snapshot()) == 2
        await panel.shot("accounts-import")
        await panel.check()
        await page.reload()
        await page.locator("#take-import").click()
        await expect(page.locator("#notice")).to_contain_text("2 accounts were imported")

        await page.locator("#more").click()
        await page.locator("#export").click()
        await page.locator("#field-password").fill("wrong")
        await page.locator("#field-passphrase").fill("a long passphrase")
        await page.locator("#do-export").click()
        await expect(page.locator("#problem-password")).to_be_visible()
        await panel.check()
        await page.locator("#field-password").fill(PASSWORD)
        await page.locator("#field-passphrase").fill("a long passphrase")
        async with page.expect_download() as download:
            await page.locator("#do-export").click()
        content = Path(await (await download.value).path()).read_bytes()
        assert b"1//" not in content
        assert len(unpack(content, "a long passphrase")) == 3


async def test_without_accounts_and_without_scripts_the_way_in_is_plain() -> None:
    """admin-ui.md 2.9, 2.10: the empty state, the risk in one sentence, a token by hand."""
    async with a_panel(accounts=0, scripts=False, simulator={"accounts": 0}) as panel:
        page = panel.page
        await panel.open("/admin/accounts")
        assert "503" in await page.locator("#no-account").inner_text()
        await panel.shot("accounts-none")
        await page.locator("#first-account").click()
        await page.locator("#field-email").fill("anna@example.test")
        await page.locator("#field-refresh_token").fill("1//nobody-knows-this")
        await page.locator("#add-by-token").click()
        assert "does not accept" in await page.locator("#problem-refresh_token").inner_text()
        assert await page.locator("#field-email").input_value() == "anna@example.test"
        assert "nobody-knows" not in await page.content()
