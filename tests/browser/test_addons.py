"""Addons in a real browser. Spec: admin-ui.md 2.2, 2.3 (System: addons), 2.6, 2.8; threats.md S08, S33."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from playwright.async_api import expect

from app.addon import Addon, AdminCall, BadOption, Flow, Loader, Secret
from tests.support.browser import PHONE, a_panel

MARKUP = "<img src=x onerror=alert(1)>\u202e"


class Options(Struct, frozen=True):
    words: Annotated[str, Meta(description="What it says. " + MARKUP)] = "hello"
    times: Annotated[int, Meta(ge=1, description="How often.")] = 1
    loud: bool = False
    to: tuple[str, ...] = ()
    by_name: dict[str, str] = {}
    rules: dict[str, tuple[str, ...]] = {}
    password: Secret = ""


class Greeter(Addon):
    """Greets people with <b>markup</b> and a long line of words that tells what it is good for."""

    name = "greeter"
    version = "1.4"
    options = Options

    def __init__(self) -> None:
        self.now = Options()

    def configure(self, options: Options) -> None:
        if options.words == "never":
            raise BadOption("`words` must not be never", where="words")
        self.now = options

    def load(self, loader: Loader) -> None:
        loader.add_admin_view("state", self.state)

    async def state(self, call: AdminCall) -> str:
        return "<script>alert(1)</script>"

    async def caller_known(self, flow: Flow) -> None:
        pass


FILE = """
from app.addon import Addon
__version__ = "{number}"
class Filed(Addon):
    name = "filed"
    async def flow_closed(self, flow): pass
addons = [Filed()]
"""


async def test_an_addon_is_configured_with_a_form_made_from_its_options() -> None:
    """admin-ui.md 2.6: errors stay by the control, nothing that was entered is lost."""
    addon = Greeter()
    values = {"times": 2, "password": "a-planted-canary"}
    async with a_panel(with_addons=[addon], addon_options={"greeter": values}) as panel:
        page = panel.page
        await panel.open("/admin/addons")
        panel.world.gateway.roster.troubles.note("greeter", f"could not greet {MARKUP}")
        await page.reload()
        await panel.shot("addons-en-1360")
        await panel.check()
        await page.locator("#open-greeter").click()
        await expect(page.locator("h1")).to_have_text("greeter")
        await panel.shot("addon-detail-en-1360")
        await panel.check()
        assert "a-planted-canary" not in await page.content()
        await expect(page.locator("#option-times")).to_be_disabled()
        await expect(page.locator("#option-password")).to_be_disabled()

        await page.locator("#option-to").fill("anna\nbert, the other")
        await page.locator("#option-by_name").fill("anna = moin\nbert")
        await page.locator("#save-options").click()
        await expect(page.locator("#problem-by_name")).to_be_visible()
        await page.locator("#option-by_name").fill("anna = moin")
        await page.locator("#option-words").fill("never")
        await page.locator("#save-options").click()
        await expect(page.locator("#problem-words")).to_contain_text("must not be never")
        await expect(page.locator("#option-to")).to_have_value("anna\nbert, the other")
        await panel.shot("addon-problem-en-1360")
        await panel.check()

        await page.locator("#option-words").fill("good day")
        await page.locator("#option-loud").select_option("on")
        await page.locator("#option-rules").fill('{"a": ["b"]}')
        await page.locator("#option-words").press("Enter")
        await expect(page.locator("#notice")).to_contain_text("greeter")
        assert addon.now == Options(
            words="good day",
            times=2,
            loud=True,
            to=("anna", "bert, the other"),
            by_name={"anna": "moin"},
            rules={"a": ("b",)},
            password="a-planted-canary",
        )
        await page.locator("#reset-words").click()
        await expect(page.locator("#option-words")).to_have_value("hello")
        assert (addon.now.words, addon.now.loud) == ("hello", True)
        await panel.check()

        async with page.context.expect_page() as opening:
            await page.locator("#view-1").click()
        view = await opening.value
        assert "<script>alert(1)</script>" in await view.locator("pre").inner_text()


async def test_addons_are_switched_and_reloaded_by_keyboard_on_a_phone_in_the_dark(tmp_path: Path) -> None:
    """admin-ui.md 2.7, 2.8; what keeps keys to their limits has no switch."""
    path = tmp_path / "filed.py"
    path.write_text(FILE.replace("{number}", "1"))
    async with a_panel(
        width=PHONE, language="zh", dark=True, with_addons=[Greeter()], addons=(str(path),)
    ) as panel:
        page, roster = panel.page, panel.world.gateway.roster
        await panel.open("/admin/addons")
        await panel.shot("addons-zh-390-dark")
        await panel.check()
        assert await page.locator("#switch-spend_guard").count() == 0
        for is_on in (False, True):
            await page.locator("#switch-greeter").focus()
            await page.keyboard.press("Enter")
            await expect(page.locator("#notice")).to_contain_text("greeter")
            await expect(page.locator("#switch-greeter")).to_be_focused()
            assert roster.find("greeter").member.enabled is is_on
        path.write_text(FILE.replace("{number}", "2"))
        await page.locator("#reload-filed").press("Enter")
        await expect(page.locator("#row-filed")).to_contain_text("2")
        path.write_text("nonsense(")
        await page.locator("#reload-filed").press("Enter")
        await expect(page.locator("#notice.failed")).to_contain_text("SyntaxError")
        await page.locator("#open-greeter").click()
        await expect(page.locator("h1")).to_have_text("greeter")
        await panel.shot("addon-detail-zh-390-dark")
        await panel.check()
