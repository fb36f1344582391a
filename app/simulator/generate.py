"""What the simulated model says: thoughts, text, calls, pictures, sources and the bill for them.

Turns an accepted request into chunks in the order of its family (upstream.md 6.3). Pure: the dice, the
wishes and the cached tokens are given; nothing is sent and nothing is counted here.
"""

import base64
from random import Random
from typing import Any

from msgspec import Struct

from app.simulator import speech
from app.simulator.catalog import Model
from app.simulator.chunks import Chunk, Part, call_id
from app.simulator.directives import Wishes
from app.simulator.grounding import grounding_metadata
from app.simulator.images import png, size_for
from app.simulator.signatures import SignatureSmith
from app.simulator.tokens import BYTES_PER_TOKEN, count_text
from app.simulator.toolcalls import PlannedCall, plan_calls
from app.simulator.wire import Content, GenerateRequest, ImageConfig

_IMAGE_TOKENS = 1120
_CALL_OVERHEAD = 8


class Brief(Struct, kw_only=True):
    """All that an answer depends on."""

    model: Model
    request: GenerateRequest
    rng: Random
    smith: SignatureSmith
    wishes: Wishes
    text: str
    prompt_tokens: int
    cached_tokens: int = 0
    gemini_call_ids: bool = True
    echo: bool = False
    text_tokens: int | None = None
    image_bytes: int | None = None


class _Bill(Struct):
    """Tokens so far."""

    prompt: int
    cached: int
    thoughts: int = 0
    output: int = 0

    def usage(self, model: Model) -> dict[str, Any]:
        """usageMetadata as it stands; zero fields are left out, Claude has no count of thoughts."""
        thoughts = 0 if model.family == "claude" else self.thoughts
        output = self.output + (self.thoughts if model.family == "claude" else 0)
        usage = {
            "promptTokenCount": self.prompt,
            "candidatesTokenCount": output,
            "totalTokenCount": self.prompt + output + thoughts,
            "thoughtsTokenCount": thoughts,
            "cachedContentTokenCount": self.cached,
        }
        return {name: count for name, count in usage.items() if count}


def generate(brief: Brief) -> list[Chunk]:
    """The whole answer, chunk by chunk; the last one carries the finish and the full usage."""
    return _Answer(brief).chunks()


def is_thinking(model: Model, request: GenerateRequest) -> bool:
    """Whether the model thinks on this request, seen or unseen."""
    config = request.generation_config.thinking_config
    if not model.can_think:
        return False
    if config is None:
        return model.always_thinks or (model.family == "gemini" and model.needs_signature)
    if config.thinking_budget == 0:
        return model.always_thinks
    if model.family == "claude":
        return (
            config.thinking_budget is not None or config.thinking_level is not None or config.include_thoughts
        )
    return True


def rounds_done(contents: tuple[Content, ...]) -> int:
    """How many times the model has called something since the last real user text."""
    rounds = 0
    for content in reversed(contents):
        is_answer = any(part.function_response is not None for part in content.parts)
        if content.role == "model":
            rounds += any(part.function_call is not None for part in content.parts)
        elif not is_answer:
            break
    return rounds


class _Answer:
    """Builds one answer; thoughts first, then text, then calls, then the finish."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._model = brief.model
        self._config = brief.request.generation_config
        self._rng = brief.rng
        self._bill = _Bill(brief.prompt_tokens, brief.cached_tokens)
        self._room = self._config.max_output_tokens or self._model.max_output
        self._finish = "STOP"
        self._chunks: list[Chunk] = []

    def chunks(self) -> list[Chunk]:
        """The finished list."""
        brief = self._brief
        calls: list[PlannedCall] = []
        is_thinking_now = is_thinking(self._model, brief.request)
        if is_thinking_now:
            self._think()
        if self._room > 0 and self._model.makes_images:
            self._picture()
        elif self._room > 0:
            done = rounds_done(brief.request.contents)
            calls = plan_calls(brief.request, brief.wishes, brief.text, done, self._rng)
            self._say(calls, done)
            self._call(calls)
        self._end(needs_signature=is_thinking_now and not calls)
        return self._chunks

    def _think(self) -> None:
        brief, config = self._brief, self._config.thinking_config
        is_shown = config is not None and config.include_thoughts
        text = speech.thought(brief.text, self._rng, tokens=brief.wishes.think)
        text, _ = self._cut(text)
        self._bill.thoughts += count_text(text)
        if self._room <= 0:
            self._finish = "MAX_TOKENS"
        if not is_shown:
            return
        for piece in self._pieces(text):
            self._add([{"thought": True, "text": piece}], tokens=count_text(piece), is_thought=True)
        if self._model.family == "claude":
            signature = brief.smith.make("claude", self._rng)
            self._add([{"thought": True, "text": "", "thoughtSignature": signature}], is_thought=True)

    def _say(self, calls: list[PlannedCall], done: int) -> None:
        text = self._speech(calls, done)
        stop = min((at for word in self._config.stop_sequences if (at := text.find(word)) >= 0), default=None)
        if stop is not None:
            text = text[:stop]
        text, is_cut = self._cut(text)
        before, sent = self._bill.output, 0
        for piece in self._pieces(text):
            sent += len(piece.encode())
            self._bill.output = before + -(-sent // BYTES_PER_TOKEN)
            self._add([{"text": piece}], tokens=count_text(piece))
        if is_cut:
            self._finish = "MAX_TOKENS"

    def _speech(self, calls: list[PlannedCall], done: int) -> str:
        brief = self._brief
        wishes = brief.wishes
        if wishes.say is not None:
            return wishes.say
        if calls:
            return speech.before_calls(self._rng) if self._model.family == "claude" else ""
        if brief.echo or wishes.echo:
            return speech.digest(brief.request)
        if wants_json(brief.request):
            return speech.json_answer(brief.request, brief.text, self._rng)
        length = wishes.text if wishes.text is not None else brief.text_tokens
        if length is not None:
            return speech.prose(length, self._rng)
        if done:
            return speech.after_results(brief.request, self._rng)
        return speech.reply(brief.text, brief.request, self._model.display_name, self._rng)

    def _call(self, calls: list[PlannedCall]) -> None:
        if self._room <= 0:
            return
        family = self._model.family
        for index, call in enumerate(calls):
            tokens = _CALL_OVERHEAD + count_text(call.name) + count_text(str(call.args))
            self._bill.output += tokens
            content: dict[str, Any] = {"name": call.name, "args": call.args}
            made_id = call_id(family, self._rng)
            if family != "gemini" or self._brief.gemini_call_ids:
                content["id"] = made_id
            part: Part = {"functionCall": content}
            if index == 0 and family == "gemini" and self._model.can_think:
                bound_to = content.get("id", call.name)
                signature = self._brief.smith.make("gemini", self._rng, bound_to=bound_to)
                part = {"thoughtSignature": signature, "functionCall": content}
            self._add([part], tokens=tokens)

    def _picture(self) -> None:
        brief, config = self._brief, self._config.image_config or ImageConfig()
        wide, high = brief.wishes.image or size_for(config.aspect_ratio, config.image_size)
        if not self._config.response_modalities or "TEXT" in self._config.response_modalities:
            text = speech.before_picture(brief.text)
            self._bill.output += count_text(text)
            self._add([{"text": text}], tokens=count_text(text))
        data = base64.b64encode(png(wide, high, self._rng, at_least=brief.image_bytes or 0)).decode()
        self._bill.output += _IMAGE_TOKENS
        self._add([{"inlineData": {"mimeType": "image/png", "data": data}}], tokens=0)

    def _end(self, *, needs_signature: bool) -> None:
        part: Part = {"text": ""}
        if needs_signature and self._model.family == "gemini":
            part["thoughtSignature"] = self._brief.smith.make("gemini", self._rng)
        finish = self._brief.wishes.finish or self._finish
        message = None
        if finish == "MALFORMED_FUNCTION_CALL":
            message = "Malformed function call: print(default_api.x(...))"
        chunk = Chunk(
            parts=[part], finish=finish, finish_message=message, usage=self._bill.usage(self._model)
        )
        chunk.grounding = self._grounding()
        self._chunks.append(chunk)

    def _grounding(self) -> Any:
        count = self._brief.wishes.ground
        if count is None and self._brief.request.has_search:
            count = 2
        if not count:
            return None
        said = "".join(
            str(part["text"]) for chunk in self._chunks for part in chunk.parts or () if "text" in part
        )
        return grounding_metadata(self._brief.text, said, count, self._rng)

    def _cut(self, text: str) -> tuple[str, bool]:
        """The text as far as the output limit reaches, and whether it was cut; takes it from the room."""
        tokens = count_text(text)
        is_cut = tokens > self._room
        if is_cut:
            text = text.encode()[: self._room * BYTES_PER_TOKEN].decode("utf-8", "ignore")
        self._room -= min(tokens, self._room)
        return text, is_cut

    def _pieces(self, text: str) -> list[str]:
        low, high = _piece_sizes(self._model.family, len(text))
        pieces = []
        position = 0
        while position < len(text):
            step = self._rng.randint(low, high)
            pieces.append(text[position : position + step])
            position += step
        return pieces

    def _add(self, parts: list[Part], *, tokens: int = 0, is_thought: bool = False) -> None:
        usage = self._bill.usage(self._model)
        if self._model.family == "claude":
            # Early chunks of Claude carry placeholders; only the last count is true.
            usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
        self._chunks.append(Chunk(parts=parts, usage=usage, tokens=tokens, is_thought=is_thought))


def _piece_sizes(family: str, length: int) -> tuple[int, int]:
    """Characters in a piece: Claude sends words, others sentences; short answers are still seen to flow."""
    if family == "claude":
        return 4, 40
    return (24, 80) if length < 1000 else (40, 400)


def wants_json(request: GenerateRequest) -> bool:
    """Whether the answer has to be a JSON document."""
    return request.generation_config.response_mime_type == "application/json"
