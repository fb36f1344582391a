"""A recording is a test. Source: architecture.md 15."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.wire import play
from tests.support.play import Play
from tests.support.world import a_world

CHAT = "/v1/chat/completions"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def asking(words: str = "Hello", **members: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": words}], **members}


async def recorded(folder: Path, *requests: dict[str, Any], path: str = CHAT, **options: Any) -> list[Path]:
    options = {"recorder": {"folder": str(folder), **options}}
    async with a_world(addon_options=options) as world, world.client() as client:
        for request in requests:
            await client.post(path, json=request)
        await world.gateway.closer.caught_up()
    return sorted(folder.glob("*.play"))


@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_recording_is_performed_like_any_other_play(path: str, stream: bool, tmp_path: Path) -> None:
    (file,) = await recorded(tmp_path, asking(stream=stream, max_tokens=50), path=path)
    script = Play.read(file)

    happened = await script.perform()

    assert [(line.way, line.who, line.rest) for line in happened] == [
        (line.way, line.who, line.rest) for line in script.lines
    ]
    assert [line.text for line in happened[:3]] == [line.text for line in script.lines[:3]]
    assert len(happened[3].text) == len(script.lines[3].text), "ids and times differ, nothing else"


async def test_every_attempt_and_a_refusal_of_the_upstream_are_in_it(tmp_path: Path) -> None:
    (file,) = await recorded(tmp_path, asking("[[sim: error=400]] Hello"))

    script = play.read(file.read_text())

    assert [f"{line.way} {line.who} {line.rest.split()[0]}" for line in script.lines] == [
        ">> client POST",
        "<< upstream gemini-2.5-flash",
        ">> upstream 400",
        "<< client 400",
    ]
    assert json.loads(script.lines[2].body)["error"]["code"] == 400


async def test_secrets_addresses_and_files_are_not_in_it(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    words = "mail anna.example@example.com, key sk-ant-api03-abcdefgh"
    content = [{"type": "text", "text": words}, picture]
    request = asking()
    request["messages"] = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": "Thanks."},
        {"role": "user", "content": "And now?"},
    ]

    (file,) = await recorded(tmp_path, request)
    text = file.read_text()

    assert "anna.example" not in text
    assert "api03" not in text
    assert PIXEL not in text
    assert "bytes, sha256" in text
    assert file.stat().st_mode & 0o077 == 0


async def test_only_what_is_wanted_is_recorded(tmp_path: Path) -> None:
    assert await recorded(tmp_path / "a", asking(), failures_only=True) == []
    assert await recorded(tmp_path / "b", asking(), keys=("another",)) == []
    assert await recorded(tmp_path / "c", asking("x" * 200), most_bytes=100) == []
    assert len(await recorded(tmp_path / "d", asking(), asking(model="nothing"), keys=("test",))) == 2
