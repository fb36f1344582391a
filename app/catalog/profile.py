"""What is true of a model, as data. Code asks a profile, never a model's name."""

from typing import Literal, TypeAlias

from msgspec import Struct

Family: TypeAlias = Literal["gemini", "claude", "gpt_oss"]


class ThinkingRange(Struct, frozen=True):
    """What thinking a model can do, in tokens. `can_stop`: zero switches it off; `dynamic`: -1 is taken.

    `style` is how the upstream wants to be told: a number, a level word, or not at all.
    `levels` are the words it takes, weakest first.
    """

    least: int
    most: int
    can_stop: bool = True
    dynamic: bool = False
    style: Literal["budget", "level", "none"] = "budget"
    levels: tuple[str, ...] = ()


class ModelProfile(Struct, frozen=True):
    """One offered model.

    `id` is the name clients see, `wire_id` the upstream's. `group` is the quota group that its use
    drains. `default_thinking` is whether thinking is on when the caller does not say; `default_budget`
    the tokens for that. `named_thinking`: the name itself asks for thinking, as `-thinking` at its end
    does. `created` is epoch seconds of release, for lists. `upstream` names who answers where it is not the
    one that the accounts are for.
    """

    id: str
    wire_id: str
    family: Family
    display_name: str
    group: str
    max_input: int
    max_output: int | None
    thinking: ThinkingRange | None = None
    default_thinking: bool = False
    default_budget: int = 4096
    named_thinking: bool = False
    created: int = 0
    images_in: bool = True
    images_out: bool = False
    prefill: bool = True
    needs_call_signatures: bool = False
    search: bool = False
    hidden: bool = False
    upstream: str = ""

    @property
    def owner(self) -> str:
        """Who made the model, in the word of OpenAI's model list."""
        return _OWNERS[self.family]


_OWNERS: dict[Family, str] = {"gemini": "google", "claude": "anthropic", "gpt_oss": "openai"}
