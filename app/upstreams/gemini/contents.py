"""Turns of a conversation to `contents`.

Exactly one kind of data per part; what a model family does not take is left out or refused here. Signatures
are spelled as given: `sanitize_thinking` has decided about them.
Source: upstream.md 5.2-5.6, anthropic.md 5, 9.6 and 11.
"""

from collections.abc import Iterator, Mapping
from typing import Final, assert_never

from msgspec import Raw
from msgspec.structs import replace

from app.catalog.profile import ModelProfile
from app.errors import BadRequest
from app.ir.history import arrange
from app.ir.parts import Blob, Link, Opaque, Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Turn
from app.upstreams.base import ToolBinding
from app.upstreams.gemini.arguments import added
from app.upstreams.gemini.names import ToolNames
from app.upstreams.gemini.wire import (
    Outcome,
    SentCall,
    SentContent,
    SentFile,
    SentLink,
    SentPart,
    SentResult,
)

SENTINEL: Final = "skip_thought_signature_validator"
"""Stands for a signature on a call that the model did not make, or whose signature is lost."""

GO_ON: Final = "Continue exactly where your last message stops, without repeating it."
ONLY_AN_IMAGE: Final = "(see attached image)"

_PDF: Final = "application/pdf"


class ContentWriter:
    """Writes the turns of one request for one model."""

    def __init__(
        self,
        profile: ModelProfile,
        names: ToolNames,
        bindings: Mapping[str, ToolBinding],
        *,
        with_thoughts: bool,
    ) -> None:
        self._profile = profile
        self._is_gemini = profile.family == "gemini"
        self._is_claude = profile.family == "claude"
        self._names = names
        self._bindings = bindings
        self._with_thoughts = with_thoughts and profile.family != "gpt_oss"

    def contents(self, turns: tuple[Turn, ...]) -> list[SentContent]:
        """All turns; the last one is the user's where the model refuses to continue its own."""
        kept = (replace(turn, parts=self._kept(turn)) for turn in turns)
        arranged = arrange(tuple(turn for turn in kept if turn.parts))
        contents = [SentContent(turn.role, list(self._parts(turn))) for turn in arranged]
        last = arranged[-1] if arranged else None
        if (
            last is not None
            and last.role == "model"
            and not self._profile.prefill
            and not any(isinstance(part, ToolCall) for part in last.parts)
        ):
            contents.append(SentContent("user", [SentPart(text=GO_ON)]))
        return contents

    def _kept(self, turn: Turn) -> tuple[Part, ...]:
        """The parts that can be sent at all: history is put in order after these have gone."""
        if all(isinstance(part, Text) and part.text.strip() for part in turn.parts):
            return turn.parts
        return tuple(part for part in turn.parts if self._keeps(part))

    def _keeps(self, part: Part) -> bool:
        match part:
            case Text():
                return bool(part.text.strip() if self._is_claude else part.text)
            case Thought():
                has_text = bool(part.text.strip()) and not part.redacted
                return self._with_thoughts and has_text and (bool(part.signature) or not self._is_claude)
            case Opaque():
                return part.dialect == "gemini" and self._is_gemini
            case _:
                return True

    def _parts(self, turn: Turn) -> Iterator[SentPart | Raw]:
        unsigned = self._first_call_to_sign(turn)
        results = [part for part in turn.parts if isinstance(part, ToolResult)]
        for part in turn.parts:
            match part:
                case Text():
                    yield SentPart(text=part.text, thought_signature=self._text_signature(part))
                case Thought():
                    yield SentPart(text=part.text, thought=True, thought_signature=part.signature or None)
                case ToolCall():
                    yield self._call(part, SENTINEL if part is unsigned else part.signature)
                case ToolResult():
                    yield self._result(part)
                    if part is results[-1]:
                        yield from self._files_of(results)
                case Blob():
                    yield self._file(part)
                case Link():
                    yield self._link(part)
                case Opaque():
                    yield Raw(part.raw)
                case _:
                    assert_never(part)

    def _first_call_to_sign(self, turn: Turn) -> ToolCall | None:
        """The call that needs the sentinel: the first of a turn in which no call is signed."""
        if not self._profile.needs_call_signatures:
            return None
        calls = [part for part in turn.parts if isinstance(part, ToolCall)]
        return None if any(call.signature for call in calls) else next(iter(calls), None)

    def _text_signature(self, part: Text) -> str | None:
        return part.signature or None if self._is_gemini else None

    def _call(self, call: ToolCall, signature: str | None) -> SentPart:
        args = added(call.args, self._bindings.get(call.name))
        sent = SentCall(name=self._names.wire(call.name), args=Raw(args), id=call.id)
        takes_signatures = self._profile.family != "gpt_oss"
        return SentPart(function_call=sent, thought_signature=signature or None if takes_signatures else None)

    def _result(self, result: ToolResult) -> SentPart:
        text = "\n".join(_lines(result))
        outcome = Outcome(error=text) if result.failed else Outcome(output=text)
        sent = SentResult(name=self._names.wire(result.name), response=outcome, id=result.call_id)
        return SentPart(function_response=sent)

    def _files_of(self, results: list[ToolResult]) -> Iterator[SentPart]:
        """Files stand beside the results, after the last of them, each with the call it came from."""
        for result in results:
            files = [part for part in result.parts if not isinstance(part, Text)]
            for part in files:
                yield SentPart(text=f"[image returned by tool call {result.call_id}]")
                yield self._file(part) if isinstance(part, Blob) else self._link(part)

    def _file(self, blob: Blob) -> SentPart:
        if not self._takes(blob.media_type):
            raise BadRequest(
                f"The model does not take files of type `{blob.media_type[:100]}`.",
                where=blob.where,
                reason="unsupported_value",
            )
        return SentPart(inline_data=SentFile(blob.media_type, blob.data))

    def _takes(self, media_type: str) -> bool:
        if not self._profile.images_in:
            return False
        return self._is_gemini or media_type.startswith("image/") or media_type == _PDF

    def _link(self, link: Link) -> SentPart:
        if not (self._is_gemini and self._profile.images_in):
            raise BadRequest(
                "The model does not take files by address.", where=link.where, reason="unsupported_value"
            )
        return SentPart(file_data=SentLink(link.uri, link.media_type))


def _lines(result: ToolResult) -> Iterator[str]:
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    if not any(texts) and any(isinstance(part, Blob | Link) for part in result.parts):
        yield ONLY_AN_IMAGE
    else:
        yield from texts
