"""What the checks look at, and the two ways in which they refuse."""

from random import Random
from typing import NoReturn

from msgspec import Struct

from app.simulator.catalog import Model
from app.simulator.errors import Refused, generic_400, nested_claude
from app.simulator.signatures import SignatureSmith, Strictness
from app.simulator.wire import Content, GenerateRequest


class Case(Struct, kw_only=True):
    """One request under examination."""

    model: Model
    request: GenerateRequest
    rng: Random
    smith: SignatureSmith
    prompt_tokens: int
    strictness: Strictness = "integrity"
    signatures_of_every_group: bool = False
    corrupted_as_vertex: bool = False

    @property
    def is_claude(self) -> bool:
        """Whether the Anthropic rules hold."""
        return self.model.family == "claude"

    @property
    def contents(self) -> tuple[Content, ...]:
        """The turns."""
        return self.request.contents

    def refuse(self, message: str = "Request contains an invalid argument.") -> NoReturn:
        """Refuse as the backend itself does."""
        raise Refused(generic_400(message), why=message)

    def refuse_nested(self, message: str) -> NoReturn:
        """Refuse as Claude does, through the adapter."""
        raise Refused(nested_claude(self.rng, message), why=message)


def has_calls(content: Content) -> bool:
    """Whether a turn calls tools."""
    return any(part.function_call is not None for part in content.parts)


def has_results(content: Content) -> bool:
    """Whether a turn brings tool results."""
    return any(part.function_response is not None for part in content.parts)


def loop_start(contents: tuple[Content, ...]) -> int:
    """Index after the last real user text: where the current tool loop begins."""
    for index in range(len(contents) - 1, -1, -1):
        if contents[index].role != "model" and not has_results(contents[index]):
            return index + 1
    return 0
