"""Shortens what tools gave back, when it is longer than the operator wants to pay for.

The beginning and the end stay, a line in between says how much is missing. Never: anything but text.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from app.flow import Flow
from app.hooks.errors import BadOption
from app.hooks.spec import Addon
from app.ir.parts import Part, Text, ToolResult
from app.ir.prompt import Turn


class Options(Struct, frozen=True):
    """`most_characters` of one result, 0 for no limit; `tail` is the share that is kept of the end."""

    most_characters: Annotated[
        int, Meta(ge=0, description="Characters that are kept of one result; 0 for no limit.")
    ] = 0
    tail: Annotated[float, Meta(ge=0, le=1, description="The share of them that is kept of the end.")] = 0.25


class ToolOutputLimit(Addon):
    """Changes tool results on `prompt_read`."""

    name = "tool_output_limit"
    options = Options

    def __init__(self) -> None:
        self._options = Options()

    @property
    def active(self) -> bool:
        """Whether there is a limit."""
        return self._options.most_characters > 0

    def configure(self, options: Options) -> None:
        """Take the limit."""
        if options.most_characters < 0 or not 0 <= options.tail <= 1:
            raise BadOption("`most_characters` has to be 0 or more, `tail` between 0 and 1")
        self._options = options

    async def prompt_read(self, flow: Flow) -> None:
        """Shorten what is too long."""
        asked = flow.asked
        turns = tuple(self._turn(turn) for turn in asked.turns)
        if turns != asked.turns:
            flow.prompt = replace(asked, turns=turns)
            flow.note("tool-output-shortened")

    def _turn(self, turn: Turn) -> Turn:
        if not any(isinstance(part, ToolResult) for part in turn.parts):
            return turn
        return replace(turn, parts=tuple(map(self._part, turn.parts)))

    def _part(self, part: Part) -> Part:
        if not isinstance(part, ToolResult):
            return part
        shorter = tuple(
            replace(one, text=self._text(one.text)) if isinstance(one, Text) else one for one in part.parts
        )
        return replace(part, parts=shorter)

    def _text(self, text: str) -> str:
        most = self._options.most_characters
        if len(text) <= most:
            return text
        tail = int(most * self._options.tail)
        end = text[len(text) - tail :]
        return f"{text[: most - tail]}\n[... {len(text) - most} characters left out ...]\n{end}"
