"""Which stages an operation runs through, in which order; insertion by name; printing with the hooks.

Never: what a stage does.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.dialects.base import Operation
from app.hooks.additions import AddedStage
from app.hooks.table import HookTable
from app.pipeline.stage import Proceed, Stage, compose

HOOKS_OF: Final[Mapping[str, str]] = {
    "authenticate": "caller_known",
    "read": "prompt_read",
    "lease": "attempt_started",
    "relay": "event",
}
"""Stage to the hook that it calls before it goes on."""

_AFTERWARDS: Final = ("attempt_ended", "flow_closed")


class UnknownStage(ValueError):
    """A stage was to be placed beside one that the plan does not have, or under a name that is taken."""


class Plan:
    """The ordered stages of each operation, and the hooks they were made with.

    Immutable: `inserted` and `with_stages` give a new plan.
    """

    def __init__(
        self,
        stages: Mapping[Operation, Sequence[Stage]],
        hooks: HookTable = HookTable(),  # noqa: B008 - immutable
    ) -> None:
        self.hooks = hooks
        self._stages = {operation: tuple(chain) for operation, chain in stages.items()}
        self._runs = {operation: compose(chain) for operation, chain in self._stages.items()}

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What there are stages for."""
        return tuple(self._stages)

    def run_of(self, operation: Operation) -> Proceed:
        """The whole pipeline of an operation as one function."""
        return self._runs[operation]

    def stages_of(self, operation: Operation) -> tuple[Stage, ...]:
        """The stages of an operation, in order."""
        return self._stages[operation]

    def inserted(self, stage: Stage, *, after: str = "", before: str = "") -> "Plan":
        """A plan with `stage` beside the stage of that name, wherever that one stands.

        Raises UnknownStage when no operation has it, or has one of the new stage's name.
        """
        if not self._has(after or before):
            raise UnknownStage(f"no stage is named `{after or before}`")
        if self._has(stage.name):
            raise UnknownStage(f"there is a stage `{stage.name}` already")
        grown = {name: _with(chain, stage, after, before) for name, chain in self._stages.items()}
        return Plan(grown, self.hooks)

    def with_stages(self, added: Sequence[AddedStage]) -> "Plan":
        """A plan with all of them, in their order where several want the same place.

        A stage may stand beside another added one. Raises UnknownStage.
        """
        plan = self
        left = [*(one for one in added if one.before), *reversed([one for one in added if one.after])]
        while left:
            following = [one for one in left if plan._has(one.after or one.before or "")]
            if not following:
                names = ", ".join(f"`{one.after or one.before}`" for one in left)
                raise UnknownStage(f"no stage is named {names}")
            for one in following:
                plan = plan.inserted(one.stage, after=one.after or "", before=one.before or "")
            left = [one for one in left if one not in following]
        return plan

    def lines(self) -> Iterator[str]:
        """The plan for people: one line per operation."""
        width = max(map(len, self._stages))
        for operation, chain in self._stages.items():
            yield f"{operation:<{width}}  {' > '.join(stage.name for stage in chain)}"

    def described(self, listeners: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """The plan for people: each stage on a line, below it its hook and who listens there."""
        for operation, chain in self._stages.items():
            yield operation
            for stage in chain:
                yield f"  {stage.name}"
                if hook := HOOKS_OF.get(stage.name):
                    yield _listening(hook, listeners)
        yield "afterwards"
        for hook in _AFTERWARDS:
            yield _listening(hook, listeners)
        yield "accounts"
        yield _listening("pool_changed", listeners)

    def _has(self, name: str) -> bool:
        return any(name == stage.name for chain in self._stages.values() for stage in chain)


def _with(chain: Sequence[Stage], stage: Stage, after: str, before: str) -> tuple[Stage, ...]:
    out: list[Stage] = []
    for known in chain:
        if known.name == before:
            out.append(stage)
        out.append(known)
        if known.name == after:
            out.append(stage)
    return tuple(out)


def _listening(hook: str, listeners: Mapping[str, Sequence[str]]) -> str:
    return f"    {hook:<16}  {', '.join(listeners.get(hook, ())) or '-'}"
