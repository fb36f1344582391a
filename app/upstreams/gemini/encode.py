"""A neutral prompt to the body of the upstream's inner request.

Made once per flow; the envelope with project, session and request id is put around it per attempt, elsewhere.
Never: the names of accounts, the time, a decision about thinking. Source: anthropic.md 11, upstream.md 5.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from app.catalog.profile import ModelProfile
from app.errors import BadRequest
from app.ir.parts import Text, ToolCall
from app.ir.prompt import OutputShape, Prompt, Turn
from app.upstreams.base import Encoded
from app.upstreams.gemini.contents import ContentWriter
from app.upstreams.gemini.generation import DROPPED, GenerationWriter
from app.upstreams.gemini.overlay import laid_over
from app.upstreams.gemini.schema import SchemaCache, Target
from app.upstreams.gemini.tools import choose, pack
from app.upstreams.gemini.wire import (
    NOTHING,
    SentContent,
    SentGeneration,
    SentPart,
    SentRequest,
    SentSearch,
    SentTool,
    SentToolConfig,
)
from app.wire import json

ONLY_JSON: Final = (
    "Answer with exactly one JSON value and nothing else: no prose before or after it, no code fence."
)
MATCHING: Final = "The value must match this JSON Schema:\n"
ONE_CALL: Final = "Call at most one tool at a time and wait for its result."
TOOLS_DROPPED: Final = "tools-dropped"


class RequestDefaults(Struct, frozen=True):
    """What an operator puts into every request: a first system part, and safety settings as JSON text."""

    preamble: str = ""
    safety_settings: bytes = b""


NO_DEFAULTS: Final = RequestDefaults()


def encode(
    prompt: Prompt,
    profile: ModelProfile,
    defaults: RequestDefaults = NO_DEFAULTS,
    *,
    schemas: SchemaCache | None = None,
) -> Encoded:
    """`prompt` for the model of `profile`. Pure, but for what `schemas` remembers.

    Raises BadRequest for a demand that cannot be met, naming the field.
    """
    return _Encoding(laid_over(prompt), profile, defaults, schemas or SchemaCache()).encoded()


class _Encoding:
    def __init__(
        self, prompt: Prompt, profile: ModelProfile, defaults: RequestDefaults, schemas: SchemaCache
    ) -> None:
        self._notes: list[str] = []
        self._profile = profile
        self._defaults = defaults
        self._schemas = schemas
        self._prompt = self._without_what_does_not_fit(prompt)
        self._toolbox = pack(self._prompt, profile, schemas)

    def encoded(self) -> Encoded:
        prompt, toolbox = self._prompt, self._toolbox
        searches = prompt.search is not None
        choice = None if searches else choose(prompt, self._profile, toolbox)
        request = SentRequest(
            contents=self._contents(),
            system_instruction=self._system(),
            tools=self._search() if searches else toolbox.sent,
            tool_config=choice,
            generation_config=self._generation(choice),
            safety_settings=self._safety(),
        )
        return Encoded(
            body=msgspec.json.encode(request),
            bindings=tuple(toolbox.bindings.values()),
            known_call_ids=frozenset(_call_ids(prompt.turns)),
            parallel_calls=prompt.parallel_calls,
            request_type=self._request_type(),
            call_prefix=prompt.call_prefix,
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _without_what_does_not_fit(self, prompt: Prompt) -> Prompt:
        """Tools and search where the model, or the other of the two, does not allow for them."""
        search = prompt.search
        if search is not None and search.allowed_domains and search.blocked_domains:
            raise BadRequest("Domains can be allowed or blocked, not both.", where="tools")
        if search is not None and (prompt.tools or not self._profile.search):
            self._notes.append(TOOLS_DROPPED)
            prompt = replace(prompt, search=None)
        if not self._profile.images_out:
            return prompt
        if prompt.tool_choice.mode == "any":
            raise BadRequest("A model that makes images cannot call tools.", where="tool_choice")
        if prompt.tools:
            self._notes.append(TOOLS_DROPPED)
        if prompt.output.kind == "json":
            self._notes.append(DROPPED)
        output = replace(prompt.output, kind="text", schema=None)
        return replace(_with_system_in_turns(prompt), tools=(), output=output)

    def _request_type(self) -> str:
        if self._profile.images_out:
            return "image_gen"
        return "web_search" if self._prompt.search is not None else "agent"

    def _contents(self) -> list[SentContent]:
        thinks = self._prompt.thinking.mode == "on" and self._thinks()
        writer = ContentWriter(
            self._profile, self._toolbox.names, self._toolbox.bindings, with_thoughts=thinks
        )
        return writer.contents(self._prompt.turns)

    def _thinks(self) -> bool:
        return self._prompt.search is None and not self._profile.images_out

    def _system(self) -> SentContent | None:
        if self._profile.images_out:
            return None
        prompt = self._prompt
        texts = [self._defaults.preamble, *prompt.system]
        if self._toolbox.declarations and not prompt.parallel_calls:
            texts.append(ONE_CALL)
        if prompt.output.kind == "json" and not self._has_json_mode():
            texts.append(_json_demand(prompt.output))
        parts: list[SentPart | Raw] = [SentPart(text=text) for text in texts if text.strip()]
        return SentContent("user", parts) if parts else None

    def _has_json_mode(self) -> bool:
        """Gemini keeps to a schema by itself, but not together with tools."""
        prompt = self._prompt
        return self._profile.family == "gemini" and not prompt.search and not self._toolbox.declarations

    def _generation(self, choice: SentToolConfig | None) -> SentGeneration:
        output = self._prompt.output
        schema, as_json = NOTHING, output.kind == "json" and self._has_json_mode()
        if as_json and output.schema is not None:
            target = Target(self._profile.family, "response")
            schema = Raw(self._schemas.cleaned(output.schema, target).schema)
        writer = GenerationWriter(self._prompt, self._profile)
        settings = writer.write(schema, as_json=as_json, may_think=self._thinks())
        self._notes += writer.notes
        return settings

    def _search(self) -> list[SentTool]:
        search = self._prompt.search
        return [SentTool(google_search=SentSearch(search.allowed_domains if search else ()))]

    def _safety(self) -> Raw:
        settings = self._defaults.safety_settings
        return Raw(settings) if settings and self._profile.family == "gemini" else NOTHING


def _with_system_in_turns(prompt: Prompt) -> Prompt:
    """Models that make images take no system instruction: its text comes first in what the user says."""
    system = "\n\n".join(text for text in prompt.system if text.strip())
    if not system:
        return prompt
    turns = prompt.turns
    index = next((index for index, turn in enumerate(turns) if turn.role == "user"), None)
    if index is None:
        return replace(prompt, system=(), turns=(Turn("user", (Text(system),)), *turns))
    first = turns[index]
    spoken = next((part for part in first.parts if isinstance(part, Text)), None)
    if spoken is None:
        parts = (Text(system), *first.parts)
    else:
        told = Text(f"{system}\n\n{spoken.text}")
        parts = tuple(told if part is spoken else part for part in first.parts)
    turned = (*turns[:index], replace(first, parts=parts), *turns[index + 1 :])
    return replace(prompt, system=(), turns=turned)


def _json_demand(output: OutputShape) -> str:
    if not output.schema:
        return ONLY_JSON
    schema = json.parse_or_none(output.schema)
    return ONLY_JSON if schema is None else f"{ONLY_JSON} {MATCHING}{json.encode(schema).decode()}"


def _call_ids(turns: tuple[Turn, ...]) -> Iterator[str]:
    return (part.id for turn in turns for part in turn.parts if isinstance(part, ToolCall))
