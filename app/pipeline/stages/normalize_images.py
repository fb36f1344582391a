"""Files inline, typed, within bounds, and of kinds that the model takes.

A prompt without files passes at the cost of one look at its parts. What a tool returned is never a reason to
refuse: the client cannot repair it, so a line of text takes the place of a file that cannot be used.
Source: anthropic.md 5 and 5.1, openai.md 5.3 and 10.3, faults.md 3, F097, F098.
Never: decoding (that is `images`) or connecting (that is the fetcher).
"""

import asyncio
import base64
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from msgspec import Struct, structs

from app.catalog.profile import Family, ModelProfile
from app.errors import BadRequest, ClientError, TooLarge
from app.flow import Flow
from app.images import ImageDesk
from app.ir.parts import Blob, Link, Part, ResultPart, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Prompt, Turn
from app.pipeline.stage import Proceed

LinkPolicy: TypeAlias = Literal["fetch", "refuse", "pass"]

LINK_POLICY: Final[Mapping[str, LinkPolicy]] = {
    "anthropic": "refuse",
    "openai_chat": "fetch",
    "openai_responses": "fetch",
    "gemini": "pass",
}
"""What becomes of an address, as each client API documents it."""

_FETCHES_AT_ONCE: Final = 4
_MOST_ADDRESSES: Final = 100
_MOST_FETCHED_BYTES: Final = 64 * 1024 * 1024
"""What the addresses in one prompt may stand for, each time they are there: as much as a body may hold."""
_PLAIN: Final = frozenset({Text, ToolCall, Thought})


class Fetched(Protocol):
    """A file from the internet."""

    @property
    def body(self) -> bytes:
        """The whole of it."""
        ...


class Fetch(Protocol):
    """Gets a file from the internet, and only from there."""

    async def fetch(self, url: str, *, max_bytes: int, timeout_s: float) -> Fetched:
        """Raises BadRequest when it cannot be had, TooLarge when it is too large."""
        ...


class Intake(Struct, frozen=True):
    """What a family takes. `images` are the image types; `others` are beginnings of other media types."""

    images: frozenset[str]
    others: tuple[str, ...]
    model_turn_images: bool = True


_COMMON: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
INTAKE: Final[Mapping[Family, Intake]] = {
    "gemini": Intake(_COMMON | {"image/heic", "image/heif"}, ("",)),
    "claude": Intake(_COMMON | {"image/gif"}, ("application/pdf",), model_turn_images=False),
    "gpt_oss": Intake(frozenset(), (), model_turn_images=False),
}
_TEXT_ONLY: Final = INTAKE["gpt_oss"]


class NormalizeImages:
    """See the module's docstring. `links` overrides what becomes of addresses, by dialect."""

    name: ClassVar[str] = "normalize_images"

    def __init__(
        self,
        desk: ImageDesk,
        fetcher: Fetch,
        *,
        links: Mapping[str, LinkPolicy] | None = None,
        fetch_s: float = 15.0,
    ) -> None:
        self._desk = desk
        self._fetcher = fetcher
        self._links = {**LINK_POLICY, **(links or {})}
        self._fetch_s = fetch_s

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        """Proceed with files that are fit for the model."""
        if has_files(flow.asked):
            policy = self._links.get(flow.dialect.name, "refuse")
            files = await self._fetched(flow.asked, policy)
            work = _Work(self._desk, policy, files, flow.model)
            turns = [await work.turn(turn) for turn in flow.asked.turns]
            flow.prompt = structs.replace(flow.asked, turns=tuple(turns))
            for what in work.left_out:
                flow.note("blocks-dropped", what)
        await proceed(flow)

    async def _fetched(self, prompt: Prompt, policy: LinkPolicy) -> dict[str, Fetched | ClientError]:
        """Everything the prompt points at, by address, with what went wrong where it did."""
        found: dict[str, Fetched | ClientError] = {}
        addresses = Counter(_addresses(prompt))
        if policy != "fetch" or not addresses:
            return found
        room = _Room(_MOST_FETCHED_BYTES)
        too_many = BadRequest(f"More than {_MOST_ADDRESSES} addresses in a request are not fetched.")
        found.update(dict.fromkeys(islice(addresses, _MOST_ADDRESSES, None), too_many))
        slots = asyncio.Semaphore(_FETCHES_AT_ONCE)

        async def fetch(url: str) -> None:
            try:
                async with slots:
                    room.check()
                    file = await self._fetcher.fetch(
                        url, max_bytes=self._desk.limits.max_bytes, timeout_s=self._fetch_s
                    )
                    room.take(len(file.body) * addresses[url])
                    found[url] = file
            except ClientError as error:
                found[url] = error

        async with asyncio.TaskGroup() as group:
            for url in islice(addresses, _MOST_ADDRESSES):
                group.create_task(fetch(url), name="fetch a file")
        return found


class _Room:
    """How much may still be fetched for one prompt: a few words can stand for gigabytes."""

    def __init__(self, size: int) -> None:
        self._left = size

    def check(self) -> None:
        """Raises TooLarge when nothing more fits."""
        if self._left < 0:
            raise TooLarge("The files that the request points at are too large together.")

    def take(self, size: int) -> None:
        """Count a file. Raises TooLarge when it does not fit; nor does any other then."""
        self._left -= size
        self.check()


def has_files(prompt: Prompt) -> bool:
    """Whether any part is or holds a file."""
    for turn in prompt.turns:
        for part in turn.parts:
            if type(part) in _PLAIN:
                continue
            if isinstance(part, Blob | Link) or (isinstance(part, ToolResult) and _result_has_files(part)):
                return True
    return False


class _Work:
    """One prompt's files. `left_out` says what text took the place of."""

    def __init__(
        self,
        desk: ImageDesk,
        policy: LinkPolicy,
        files: Mapping[str, Fetched | ClientError],
        profile: ModelProfile,
    ) -> None:
        self._desk = desk
        self._policy = policy
        self._files = files
        self._profile = profile
        self._intake = INTAKE[profile.family] if profile.images_in else _TEXT_ONLY
        self.left_out: list[str] = []

    async def turn(self, turn: Turn) -> Turn:
        """The turn with its files fit."""
        parts = tuple([await self._part(part, turn) for part in turn.parts])
        same = all(a is b for a, b in zip(parts, turn.parts, strict=True))
        return turn if same else Turn(turn.role, parts)

    async def _part(self, part: Part, turn: Turn) -> Part:
        if isinstance(part, ToolResult):
            return await self._result(part) if _result_has_files(part) else part
        if not isinstance(part, Blob | Link):
            return part
        if turn.role == "model" and not self._intake.model_turn_images:
            return self._leave_out("[image]", "an image in a model's turn")
        return await self._file(part)

    async def _result(self, result: ToolResult) -> ToolResult:
        parts = tuple([await self._result_part(part) for part in result.parts])
        return structs.replace(result, parts=parts)

    async def _result_part(self, part: ResultPart) -> ResultPart:
        if isinstance(part, Text):
            return part
        if isinstance(part, Link) and self._policy == "refuse":
            return self._leave_out(f"[file at {part.uri}, not fetched]", "an address in a tool's output")
        try:
            return await self._file(part)
        except ClientError as error:
            what = f"file at {part.uri}" if isinstance(part, Link) else part.media_type or "file"
            return self._leave_out(f"[{what} left out: {error.message}]", "a file in a tool's output")

    def _leave_out(self, instead: str, what: str) -> Text:
        self.left_out.append(what)
        return Text(instead)

    async def _file(self, part: Blob | Link) -> Blob | Link:
        if isinstance(part, Blob):
            return await self._blob(part)
        match self._policy:
            case "pass":
                return part
            case "refuse":
                raise _bad_url("URL sources are not fetched; send the file as base64.", part)
            case "fetch":
                return await self._blob(self._blob_of(part))

    def _blob_of(self, link: Link) -> Blob:
        if not _is_web(link.uri):
            raise _bad_url("Only http and https addresses and data URLs can be read.", link)
        match self._files[link.uri]:
            case TooLarge() as error:
                raise TooLarge(error.message, where=link.where)
            case ClientError() as error:
                raise _bad_url(error.message, link)
            case file:
                data = base64.b64encode(file.body).decode("ascii")
                # What the server calls it does not count: without a label the first bytes decide.
                return Blob(link.media_type, data, where=link.where)

    async def _blob(self, blob: Blob) -> Blob:
        if self._intake is _TEXT_ONLY:
            raise _unsupported(f"The model `{self._profile.id}` takes text only.", blob)
        ready = await self._desk.prepare(blob, self._intake.images)
        if ready.media_type not in self._intake.images and not ready.media_type.startswith(
            self._intake.others
        ):
            raise _unsupported(
                f"The model `{self._profile.id}` does not take `{ready.media_type[:100]}`.", blob
            )
        return ready


def _addresses(prompt: Prompt) -> list[str]:
    """Every web address that the prompt points at."""
    links: list[Link] = []
    for turn in prompt.turns:
        for part in turn.parts:
            inner = part.parts if isinstance(part, ToolResult) else (part,)
            links.extend(piece for piece in inner if isinstance(piece, Link))
    return [link.uri for link in links if _is_web(link.uri)]


def _result_has_files(result: ToolResult) -> bool:
    for part in result.parts:  # noqa: SIM110 - runs for each result of a long history; `any` costs twice as much
        if type(part) is not Text:
            return True
    return False


def _is_web(uri: str) -> bool:
    return uri[:8].lower().startswith(("http://", "https://"))


def _bad_url(message: str, link: Link) -> BadRequest:
    return BadRequest(message, where=link.where, reason="invalid_image_url")


def _unsupported(message: str, blob: Blob) -> BadRequest:
    return BadRequest(message, where=blob.where, reason="unsupported_value")
