"""Text from outside is text, on every page. Spec: admin-ui.md part 4, 3; threats.md S08, S35."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from app.observe.logging import configure_logging
from app.observe.tail import LogTail
from app.pool.model import AccountStatus
from tests.support.browser import PASSWORD, Panel, a_panel
from tests.support.traffic import ask, request_id, written

MARKUP = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script><marquee>{{7*7}}"
EMAIL = "<img/src=x/onerror=window.hacked=1>" + "n" * 60 + "账号@example.com"
SPELLED = "\\x1b[31m\\u202egnp.exe\\u2066"
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
BECAME_MARKUP = """() => [
  ...document.querySelectorAll("[onerror], marquee, img:not(#image-preview), iframe"),
  ...[...document.scripts].filter((one) => !one.src && !/json/.test(one.type)),
].map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture
def log_tail() -> Iterator[LogTail]:
    """The lines that the gateway logs from here on, as the command that serves keeps them."""
    logs = configure_logging("info", stream=io.StringIO())
    yield logs.tail
    logs.close()


def evil(what: str) -> str:
    """A text that says what it was sent as, would run if it could, colours terminals and runs backwards."""
    return f"{what}{MARKUP}\x1b[31m\u202egnp.exe\u2066 密钥账号" + "n" * 60


def begins(what: str) -> str:
    """How that text begins where it is seen: the first characters that would be gone as markup."""
    return f"{what}<img src=x onerror='window.hacked=1'><script>"


async def named(panel: Panel) -> tuple[AccountStatus, str]:
    """One account and one key with evil names, the only ones in use; the key's id."""
    world, gateway = panel.world, panel.world.gateway
    for one in gateway.pool.snapshot():
        await gateway.pool.set_enabled(one.id, enabled=False)
    sold = world.simulator.state.add_account(email=EMAIL)
    await gateway.pool.add(email=EMAIL, refresh_token=sold.refresh_token, project=sold.project)
    account = gateway.pool.snapshot()[-1]
    await gateway.pool.describe(account.id, note=evil("note"), concurrent=None)
    async with httpx.AsyncClient(base_url=world.base_url, trust_env=False) as client:
        said = {"authorization": f"Bearer {PASSWORD}"}
        body = {"name": "keyname" + MARKUP, "note": "keynote" + MARKUP}
        key = (await client.post("/admin/api/keys", json=body, headers=said)).raise_for_status().json()
        agent = {"user-agent": "agent" + MARKUP}
        await client.get(f"/admin/link/{gateway.sign_in_links.new()}", headers=agent)
    world.key = key["secret"]
    return account, key["key"]["id"]


async def asked(panel: Panel) -> dict[str, str]:
    """Requests that fail with the upstream's words, and one that is answered; their ids."""
    world = panel.world
    of_model = await ask(world, evil("prompt"), model=evil("model"))
    told = f"{evil('prompt')} [[sim: say={json.dumps(evil('said'))}]]"
    served = await ask(world, told, metadata={"user_id": evil("user")})
    assert served.status_code == 200
    world.simulator.add_fault("400_generic", message=evil("upstream"), times=1)
    refused = await ask(world, evil("prompt"))
    assert evil("upstream")[:40] in refused.json()["error"]["message"]
    world.simulator.add_fault("403_validation", message=evil("upstream"), times=1)
    marked = await ask(world, evil("prompt"))
    await written(world)
    replies = {"model": of_model, "served": served, "refused": refused, "marked": marked}
    return {name: request_id(reply) for name, reply in replies.items()}


async def failed_run(panel: Panel, account: AccountStatus) -> str:
    """A refresh that a command worked on and that failed for an evil reason."""
    runs = panel.world.gateway.store.refreshes
    known = await panel.world.gateway.store.accounts.all()
    run = await runs.begin([one for one in known if one.id == account.id], parallel=1)
    await runs.claim(run.id, "a command elsewhere")
    while (item := await runs.take(run.id)) is not None:
        await runs.settle(run.id, item.account, reason=evil("upstream"))
    await runs.release(run.id, "a command elsewhere")
    return run.id


async def look(panel: Panel, path: str, *seen: str) -> None:
    """Open a page: all of `seen` is there to read, and nothing of it has become anything else."""
    await panel.open(path)
    await panel.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    await harmless(panel, path)
    text = await panel.page.locator("main").inner_text()
    for one in seen:
        assert one in text, f"{path} does not show {one!r}: {text[:3000]!r}"
    assert (raw := UNSEEN.search(await panel.page.content())) is None, f"{path} shows {raw[0]!r} as it is"
    await panel.fits()


async def harmless(panel: Panel, where: str) -> None:
    """Nothing that others wrote has become an element, or has run."""
    assert await panel.page.evaluate(BECAME_MARKUP) == [], where
    assert await panel.page.evaluate("window.hacked") is None, where
    assert not panel.complaints, (where, panel.complaints)


@pytest.mark.timeout(240)
async def test_what_others_wrote_is_shown_as_text(tmp_path: Path, log_tail: LogTail) -> None:
    """Names, notes, prompts, models, agents, and what the upstream says when it fails."""
    recorder = {"recorder": {"folder": str(tmp_path)}}
    async with a_panel(accounts=1, addon_options=recorder) as panel:
        panel.world.gateway.log_tail = log_tail
        account, key = await named(panel)
        flows = await asked(panel)
        run = await failed_run(panel, account)
        model, upstream, keyname = begins("model"), begins("upstream"), begins("keyname")

        await look(panel, "/admin/", EMAIL, model, keyname)
        await look(panel, "/admin/accounts", EMAIL, upstream, begins("note"))
        await look(panel, f"/admin/accounts/{account.id}", EMAIL, upstream, SPELLED, begins("note"))
        await look(panel, "/admin/requests", model, keyname, EMAIL)
        await look(panel, f"/admin/requests/{flows['model']}", model, keyname, SPELLED)
        await look(panel, f"/admin/requests/{flows['served']}", EMAIL, begins("prompt"), begins("said"))
        for flow in ("refused", "marked"):
            await look(panel, f"/admin/requests/{flows[flow]}", EMAIL, upstream, begins("prompt"))
        await look(panel, "/admin/keys", keyname)
        await look(panel, f"/admin/keys/{key}", keyname, begins("keynote"))
        await look(panel, "/admin/usage?by=key", keyname)
        await look(panel, "/admin/jobs")
        await look(panel, f"/admin/jobs/{run}", upstream, SPELLED, EMAIL)
        await look(panel, "/admin/system", begins("agent"))
        await look(panel, "/admin/system/log", keyname, upstream, "\\u202egnp.exe")
        await look(panel, "/admin/system/audit", keyname)
        sought = "%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE"
        for path in (
            "accounts?text",
            "requests?id",
            "system/log?text",
            "system/audit?subject",
            "settings?text",
        ):
            await look(panel, f"/admin/{path}={sought}")


@pytest.mark.timeout(120)
async def test_the_playground_shows_answers_and_failures_as_text() -> None:
    """With scripts, where the page writes the answer itself; a failure holds the upstream's words."""
    async with a_panel(accounts=1) as panel:
        page, add_fault = panel.page, panel.world.simulator.add_fault
        await panel.open("/admin/playground")
        for status, fault in (("200", None), ("400", "400_generic")):
            if fault is not None:
                add_fault(fault, message=evil("upstream"), times=1)
            await page.locator("#turn-0").fill(f"[[sim: say={json.dumps(evil('said'))}]]")
            await page.locator("#send").click()
            await expect(page.locator("#record-status")).to_have_text(status)
            what = begins("said" if fault is None else "upstream")
            await expect(page.locator("#said")).to_contain_text(what)
            await expect(page.locator("#event-list")).to_contain_text("<img src=x onerror=")
            panel.complaints[:] = [one for one in panel.complaints if "status of 400" not in one]
            await harmless(panel, f"playground {status}")
            await panel.shot(f"hostile-playground-{status}")
