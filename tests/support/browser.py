"""A real browser on the panel, which reports whatever a careful person would complain about.

Chromium comes from the system (`apt install chromium`), never from a download of the test tool's own.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    async_playwright,
    expect,
)

from tests.support.world import World, a_world

PASSWORD = "a long password for tests"
PHONE, DESK = 390, 1360
SHOTS = Path(__file__).parents[2] / "artefacts" / "screenshots"
"""Kept for people; git ignores the folder."""
_OUTSIDE = """() => {
  const root = document.documentElement;
  const seen = (control) => {  // what the boxes around it leave of it; null where it can be scrolled to
    let { left, right } = control.getBoundingClientRect();
    for (let box = control.parentElement; box; box = box.parentElement) {
      const how = getComputedStyle(box).overflowX;
      if (/auto|scroll/.test(how)) return null;
      if (how === "visible") continue;
      const around = box.getBoundingClientRect();
      [left, right] = [Math.max(left, around.left), Math.min(right, around.right)];
    }
    return { left, right };
  };
  const isOutside = (control) => {
    const isSeen = control.checkVisibility() && control.getBoundingClientRect().width > 1;
    const part = isSeen ? seen(control) : null;
    return part && (part.right > root.clientWidth + 1 || part.left < -1 || part.right - part.left < 1);
  };
  const controls = [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary)")];
  const outside = controls.filter(isOutside).map((one) => one.outerHTML.slice(0, 120));
  return [root.scrollWidth - root.clientWidth, outside];
}"""
"""How much wider the page is than its window, and the controls that nobody can see or scroll to."""
_AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)


def chromium() -> str:
    """The browser's path. Without one the test is skipped, on a build machine it fails."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        how = "these tests need a browser: apt install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(how)
    return found


class Panel:
    """One tab that is signed in.

    `complaints` are console errors, policy violations, foreign requests, 5xx, and dialogs of scripts.
    """

    def __init__(self, world: World, page: Page) -> None:
        self.world = world
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)
        page.on("dialog", self._spoken_to)

    async def open(self, path: str) -> None:
        """Go to a page of the panel."""
        await self.page.goto(self.world.base_url + path, wait_until="load")

    async def shot(self, name: str) -> Path:
        """Keep a picture of the whole page; the path is for people."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        # To hide the caret the tool would leave style attributes behind, which a swap then carries over.
        await self.page.screenshot(path=path, full_page=True, caret="initial")
        return path

    async def check(self) -> None:
        """What holds for every page: nothing sideways, nothing serious for readers, no complaint."""
        await self.fits()
        assert not (serious := await self.serious()), "\n".join(serious)
        assert not self.complaints, "\n".join(self.complaints)

    async def fits(self) -> None:
        """The page does not scroll sideways, and no control lies outside of the window."""
        wide, outside = await self.page.evaluate(_OUTSIDE)
        where = f"{self.page.url} at {self.page.viewport_size}"
        assert wide <= 0, f"{where} scrolls sideways by {wide} px"
        assert not outside, f"{where} has outside of the window: {outside}"

    async def serious(self) -> list[str]:
        """What axe finds that is serious or worse."""
        # By the browser's own tools: the page's policy rightly lets nobody add a script.
        await self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'], "
            "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    async def _spoken_to(self, dialog: Dialog) -> None:
        self.complaints.append(f"{dialog.type}: {dialog.message}")
        await dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        is_status = message.text.startswith("Failed to load resource")  # told better by the answer itself
        if message.type in ("error", "warning") and not is_status:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.world.base_url, "data:", "blob:", "about:")):
            self.complaints.append(f"asked elsewhere: {urlsplit(request.url).netloc}")

    def _answered(self, response: Response) -> None:
        for_people = response.request.resource_type in ("document", "xhr", "fetch")
        if response.status >= (500 if for_people else 400):
            self.complaints.append(f"{response.status} from {response.url}")


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def a_tab(
    world: World,
    browser: Browser,
    *,
    width: int = DESK,
    language: str = "en",
    dark: bool = False,
    scripts: bool = True,
) -> AsyncIterator[Panel]:
    """A signed-in tab of a person of its own: no cookie is shared with another."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        locale={"en": "en-GB", "zh": "zh-CN"}[language],
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        timezone_id="Europe/Berlin",
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    panel = Panel(world, page)
    await panel.open(f"/admin/link/{world.gateway.sign_in_links.new()}")
    yield panel
    await context.close()
    await asyncio.sleep(0)  # let the last connection of the tab be noticed


@asynccontextmanager
async def a_panel(
    *,
    width: int = DESK,
    language: str = "en",
    dark: bool = False,
    scripts: bool = True,
    accounts: int = 3,
    **values: Any,
) -> AsyncIterator[Panel]:
    """A signed-in tab on a gateway with a simulated backend. `values` go to `a_world`."""
    async with (
        a_world(accounts=accounts, admin_password=PASSWORD, **values) as world,
        a_browser() as browser,
        a_tab(world, browser, width=width, language=language, dark=dark, scripts=scripts) as panel,
    ):
        yield panel
