import asyncio
import base64
from collections.abc import Mapping

import pytest
from msgspec import Struct, structs

from app.catalog.profile import ModelProfile
from app.errors import BadRequest, TooLarge
from app.flow import Flow
from app.images import ImageDesk, ImageLimits
from app.ir.parts import Blob, Link, Part, ResultPart, Text, ToolResult
from app.ir.prompt import Prompt, Turn
from app.pipeline.stages.normalize_images import LinkPolicy, NormalizeImages, has_files
from tests.support.images import HEIC, PDF, a_picture
from tests.support.shaping import (
    CLAUDE,
    GEMINI,
    GPT_OSS,
    a_flow,
    a_prompt,
    call,
    model,
    result,
    thought,
    user,
    words,
)

PNG = a_picture("PNG")
WHERE = "messages.0.content.1.source"
URL = "https://example.com/cat.png"


class Page(Struct, frozen=True):
    body: bytes


class Web:
    """A fetcher for which the internet is a table."""

    def __init__(self, pages: Mapping[str, str] | None = None) -> None:
        self.pages = pages or {}
        self.fetched: list[str] = []
        self.at_once = self.most_at_once = 0

    async def fetch(self, url: str, *, max_bytes: int, timeout_s: float) -> Page:
        self.fetched.append(url)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if url not in self.pages:
            raise BadRequest("The file could not be fetched: there is nothing.")
        body = base64.b64decode(self.pages[url])
        if len(body) > max_bytes:
            raise TooLarge("The file is too large.")
        return Page(body)


def returned(*parts: ResultPart) -> ToolResult:
    return ToolResult("t1", "look", parts)


async def turned(
    *turns: Turn,
    profile: ModelProfile = CLAUDE,
    dialect: str = "openai_chat",
    web: Web | None = None,
    links: Mapping[str, LinkPolicy] | None = None,
    desk: ImageDesk | None = None,
) -> tuple[Turn, ...]:
    """The turns that the stage makes of `turns`."""
    seen: list[Prompt] = []

    async def proceed(flow: Flow) -> None:
        seen.append(flow.asked)

    stage = NormalizeImages(desk or ImageDesk(), web or Web(), links=links)
    await stage(a_flow(a_prompt(*turns), profile, dialect), proceed)
    return seen[0].turns


async def one(part: Part, **world: object) -> Part:
    (turn,) = await turned(user("look", part), **world)  # type: ignore[arg-type]  # the names are checked by `turned`
    return turn.parts[1]


async def test_a_prompt_without_files_is_not_touched() -> None:
    turns = (user("ls"), model(thought("hm"), "ok", call("t1")), user(result("t1")))

    assert all(a is b for a, b in zip(await turned(*turns), turns, strict=True))


@pytest.mark.parametrize(
    ("turn", "found"),
    [
        (user("x", result("t1")), False),
        (user(Blob("image/png", PNG)), True),
        (user(Link(URL)), True),
        (user(returned(Text("x"), Blob("image/png", PNG))), True),
        (user(returned(Link(URL))), True),
    ],
)
def test_files_are_found_wherever_they_are(turn: Turn, found: bool) -> None:
    assert has_files(a_prompt(turn)) is found


@pytest.mark.parametrize("profile", [CLAUDE, GEMINI], ids=lambda profile: profile.family)
async def test_a_good_image_passes_untouched(profile: ModelProfile) -> None:
    """anthropic.md 5.1."""
    given = Blob("image/png", PNG, where=WHERE)

    assert await one(given, profile=profile) is given


async def test_a_turn_of_good_files_stays_the_same_object() -> None:
    turn = user("look", Blob("image/png", PNG))

    assert (await turned(turn))[0] is turn


async def test_a_sloppy_image_is_set_right() -> None:
    """anthropic.md 5.1."""
    assert await one(Blob("image/jpg", PNG.rstrip("="), where=WHERE)) == Blob("image/png", PNG, where=WHERE)


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (Blob("image/png", "no base64!", where=WHERE), "invalid_base64_image"),
        (Blob("image/tiff", "QUJD", where=WHERE), "invalid_image_format"),
        (Blob("image/heic", HEIC, where=WHERE), "invalid_image_format"),
        (Blob("audio/wav", "QUJD", where=WHERE), "unsupported_value"),
        (Link("file:///etc/passwd", where=WHERE), "invalid_image_url"),
        (Link("https://nowhere.example/x", where=WHERE), "invalid_image_url"),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_at_its_place(part: Part, reason: str) -> None:
    """openai.md 4.1 and 5.3, faults.md F097."""
    with pytest.raises(BadRequest) as refusal:
        await one(part)

    assert (refusal.value.where, refusal.value.reason) == (WHERE, reason)


async def test_gemini_takes_what_claude_does_not() -> None:
    """upstream.md 5.3."""
    assert await one(Blob("", HEIC), profile=GEMINI) == Blob("image/heic", HEIC)
    assert await one(Blob("audio/wav", "QUJD"), profile=GEMINI) == Blob("audio/wav", "QUJD")


async def test_both_take_documents() -> None:
    """openai.md 5.3, anthropic.md 5."""
    for profile in (CLAUDE, GEMINI):
        assert await one(Blob("application/pdf", PDF), profile=profile) == Blob("application/pdf", PDF)


@pytest.mark.parametrize("profile", [GPT_OSS, structs.replace(GEMINI, images_in=False)])
async def test_a_model_without_eyes_refuses_images(profile: ModelProfile) -> None:
    """upstream.md 4.2: no images; content is never dropped silently."""
    with pytest.raises(BadRequest) as refusal:
        await one(Blob("image/png", PNG, where=WHERE), profile=profile)

    assert (refusal.value.where, refusal.value.reason) == (WHERE, "unsupported_value")


async def test_images_that_the_model_made_become_a_word_for_claude() -> None:
    """openai.md 10.3."""
    turns = (user("draw"), model("here:", Blob("image/png", PNG)), user("thanks"))

    assert (await turned(*turns))[1] == model("here:", "[image]")
    assert (await turned(*turns, profile=GEMINI))[1] is turns[1]


async def test_an_address_is_fetched_for_openai() -> None:
    """openai.md 5.3, image sources 3."""
    web = Web({URL: PNG})

    assert await one(Link(URL, where=WHERE), web=web) == Blob("image/png", PNG, where=WHERE)
    assert web.fetched == [URL]


async def test_each_address_is_fetched_once_and_few_at_a_time() -> None:
    urls = [f"https://example.com/{n}.png" for n in range(9)]
    web = Web(dict.fromkeys(urls, PNG))

    await turned(user(*(Link(url) for url in urls + urls)), web=web)

    assert sorted(web.fetched) == sorted(urls)
    assert web.most_at_once <= 4


async def test_what_a_server_calls_its_file_does_not_count() -> None:
    """threats.md S17: image types by magic bytes."""
    page = base64.b64encode(b"<html>secret</html>").decode()

    with pytest.raises(BadRequest) as refusal:
        await one(Link(URL, where=WHERE), web=Web({URL: page}), profile=GEMINI)

    assert refusal.value.reason == "invalid_image_format"


async def test_a_fetched_file_over_the_limit_is_too_large() -> None:
    desk = ImageDesk(ImageLimits(max_bytes=10))

    with pytest.raises(TooLarge) as refusal:
        await one(Link(URL, where=WHERE), web=Web({URL: PNG}), desk=desk)

    assert refusal.value.where == WHERE


async def test_an_address_is_refused_for_anthropic_unless_the_operator_allows_it() -> None:
    """anthropic.md 5."""
    web = Web({URL: PNG})

    with pytest.raises(BadRequest) as refusal:
        await one(Link(URL, where=WHERE), dialect="anthropic", web=web)
    allowed = await one(Link(URL), dialect="anthropic", web=web, links={"anthropic": "fetch"})

    assert refusal.value.where == WHERE
    assert allowed == Blob("image/png", PNG)
    assert web.fetched == [URL]


async def test_an_address_passes_where_the_upstream_reads_it() -> None:
    link = Link("gs://bucket/video")

    assert await one(link, dialect="gemini", profile=GEMINI) is link


async def test_a_tools_files_are_made_fit_too() -> None:
    out = await one(returned(Text("see"), Blob("image/jpg", PNG)))

    assert out == returned(Text("see"), Blob("image/png", PNG))


@pytest.mark.parametrize(
    ("part", "dialect", "profile"),
    [
        (Link(URL), "anthropic", CLAUDE),
        (Link(URL), "openai_chat", CLAUDE),
        (Link("file:///etc/passwd"), "openai_chat", CLAUDE),
        (Blob("image/png", "no base64!"), "anthropic", CLAUDE),
        (Blob("", "QUJD"), "anthropic", CLAUDE),
        (Blob("image/png", PNG), "anthropic", GPT_OSS),
        (Blob("audio/wav", "QUJD"), "openai_chat", CLAUDE),
    ],
)
async def test_what_a_tool_returned_is_never_a_reason_to_refuse(
    part: ResultPart, dialect: str, profile: ModelProfile
) -> None:
    """anthropic.md 5: the client cannot repair a tool's output."""
    out = await one(returned(Text("see"), part), dialect=dialect, profile=profile)

    assert isinstance(out, ToolResult)
    assert out.parts[0] == Text("see")
    assert isinstance(out.parts[1], Text)
    if isinstance(part, Link):
        assert part.uri in out.parts[1].text


async def test_what_text_took_the_place_of_is_noted() -> None:
    """architecture.md 5.4: nothing is lost silently."""
    flow = a_flow(a_prompt(user(returned(Link(URL)), returned(Link(URL)))))

    async def proceed(flow: Flow) -> None:
        return None

    await NormalizeImages(ImageDesk(), Web())(flow, proceed)

    assert words(flow) == ["blocks-dropped"]


async def test_one_address_said_often_is_not_many_files() -> None:
    """threats.md S20: a few kilobytes of addresses must not become gigabytes of base64."""
    large = base64.b64encode(base64.b64decode(PNG) + bytes(5_000_000)).decode()
    links = [Link(URL, where=WHERE) for _ in range(14)]
    web = Web({URL: large})

    with pytest.raises(TooLarge):
        await turned(user(*links), web=web)

    assert web.fetched == [URL]


async def test_files_that_are_too_large_together_are_not_fetched_on() -> None:
    """threats.md S20."""
    large = base64.b64encode(base64.b64decode(PNG) + bytes(15_000_000)).decode()
    pages = {f"{URL}?{number}": large for number in range(40)}
    web = Web(pages)

    with pytest.raises(TooLarge):
        await turned(user(*(Link(url, where=WHERE) for url in pages)), web=web)

    assert len(web.fetched) < 10


async def test_addresses_are_fetched_up_to_a_number() -> None:
    """threats.md S17: one request must not set the gateway on a stranger."""
    pages = {f"{URL}?{number}": PNG for number in range(101)}
    web = Web(pages)

    (turn,) = await turned(user(returned(*(Link(url) for url in pages))), web=web)

    (output,) = turn.parts
    assert isinstance(output, ToolResult)
    assert len(web.fetched) == 100
    assert isinstance(output.parts[99], Blob)
    assert isinstance(output.parts[100], Text)
