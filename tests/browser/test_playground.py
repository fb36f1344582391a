"""Asking a model from the panel. Spec: admin-ui.md 2.3 (Playground), 3.3."""

import json
import re
from base64 import b64decode

import pytest
from playwright.async_api import FilePayload, expect

from tests.support.browser import DESK, PHONE, a_panel
from tests.support.images import a_picture

SAID = "<i>Hello</i> <script>alert(1)</script> \u202eyou"


@pytest.mark.parametrize(
    ("width", "language", "dark"), [(DESK, "en", False), (PHONE, "zh", True)], ids=["desk", "phone"]
)
async def test_a_question_is_answered_as_it_streams(width: int, language: str, dark: bool) -> None:
    """By keyboard: text, thinking apart, events with times, the record; then the conversation goes on."""
    async with a_panel(width=width, language=language, dark=dark) as panel:
        page = panel.page
        await panel.open("/admin/playground")
        await panel.check()
        await page.locator("#turn-0").focus()
        await page.locator("#dialect").select_option("openai_chat")
        await page.locator("#turn-0").fill(f"Say <b>hello</b> [[sim: think=20 say={json.dumps(SAID)}]]")
        await page.keyboard.press("Control+Enter")

        await expect(page.locator("#record-took")).not_to_have_text("–")
        await expect(page.locator("#record-status")).to_have_text("200")
        await expect(page.locator("#said")).to_have_text(SAID)
        assert await page.locator("#event-list li").count() > 2
        assert re.fullmatch(r"req_\w+", await page.locator("#record-link").inner_text())
        await panel.shot(f"playground-{language}-{width}")
        await panel.check()

        await page.locator("#go-on").click()
        assert await page.locator("[data-turn]").count() == 3
        assert await page.evaluate("document.activeElement.id") == "turn-2"
        await page.keyboard.type("And again?")
        await page.locator("#dialect").select_option("anthropic")
        await page.locator("#send").click()
        await expect(page.locator("#record-took")).not_to_have_text("–")
        assert "message_start" in await page.locator("#event-list").inner_text()
        await panel.check()
    (last,) = panel.world.generations[-1:]
    assert "And again?" in str(last.body)


async def test_a_form_keeps_what_was_entered_and_says_what_is_wrong() -> None:
    """admin-ui.md 2.6: errors stay by the control; as curl, as Python, as JSON; an image goes along."""
    async with a_panel() as panel:
        page = panel.page
        await panel.open("/admin/playground")
        await page.locator("#send").click()
        await expect(page.locator("#turn-problem")).to_be_visible()
        assert await page.evaluate("document.activeElement.id") == "turn-0"

        await page.locator("#turn-0").fill("What is on this picture?")
        await page.locator("#more").click()
        await page.locator("#tools").fill("{not json")
        await page.locator("#send").click()
        await expect(page.locator("#tools-problem")).to_be_visible()
        await panel.check()
        await page.locator("#tools").fill("")
        picture: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": b64decode(a_picture())}
        await page.locator("#image").set_input_files(picture)
        await expect(page.locator("#image-preview")).to_be_visible()

        await page.locator("#dialect").select_option("openai_chat")
        await page.locator("#as-curl").click()
        await expect(page.locator("#code")).to_contain_text("curl -sN")
        await expect(page.locator("#image-preview")).to_be_visible()
        await panel.check()
        await page.locator("#as-python").click()
        await expect(page.locator("#code")).to_contain_text("from openai import OpenAI")
        await panel.shot("playground-code")
        await page.locator("#as-json").click()
        await expect(page.locator("#raw")).to_be_visible()
        assert '"image_url"' in await page.locator("#raw").input_value()
        await page.locator("#send").click()
        await expect(page.locator("#record-status")).to_have_text("200")
        await panel.check()


async def test_an_answer_can_be_stopped_and_an_error_is_told_in_the_dialect() -> None:
    async with a_panel(simulator={"profile": "slow"}) as panel:
        page = panel.page
        await panel.open("/admin/playground")
        await page.locator("#turn-0").fill("Take your time.")
        await page.locator("#send").click()
        await page.locator("#stop").click()
        await expect(page.locator("#stop")).to_be_hidden()
        await expect(page.locator("#answer-state")).to_have_text("Stopped")
        assert await page.evaluate("document.activeElement.id") == "send"
        assert await panel.world.is_at_rest()

        await page.locator("#raw-summary").click()
        await page.locator("#raw").fill('{"model": "<i>nobody</i>", "messages": []}')
        await page.locator("#send").click()
        await expect(page.locator("#record-status")).to_have_text("400")
        await expect(page.locator("#event-list")).to_contain_text('"error"')
        # The browser's own word about a reply that is an error; the page does not complain.
        panel.complaints[:] = [one for one in panel.complaints if "status of 400" not in one]
        await panel.check()


async def test_without_scripts_the_answer_is_a_page() -> None:
    async with a_panel(scripts=False) as panel:
        await panel.open("/admin/playground")
        await panel.page.locator("#turn-0").fill("Hello!")
        await panel.page.locator("#send").click()
        assert await panel.page.locator("#said").inner_text()
        assert await panel.page.locator("#turn-0").input_value() == "Hello!"
        assert "req_" in await panel.page.locator("#record-link").inner_text()
