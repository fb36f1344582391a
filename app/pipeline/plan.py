"""Which stages an operation runs through, in which order; insertion by name; printing.

Never: what a stage does.
"""

from collections.abc import Iterator, Mapping, Sequence

from app.dialects.base import Operation
from app.pipeline.stage import Proceed, Stage, compose


class UnknownStage(ValueError):
    """A stage was to be placed beside one that the plan does not have."""


class Plan:
    """The ordered stages of each operation. Immutable: `inserted` gives a new plan."""

    def __init__(self, stages: Mapping[Operation, Sequence[Stage]]) -> None:
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

    def inserted(self, stage: Stage, *, after: str) -> "Plan":
        """A plan with `stage` behind the stage named `after`, wherever that one stands.

        Raises UnknownStage when no operation has it.
        """
        if not any(after == known.name for chain in self._stages.values() for known in chain):
            raise UnknownStage(f"no stage is named `{after}`")
        return Plan({operation: _with(chain, stage, after) for operation, chain in self._stages.items()})

    def lines(self) -> Iterator[str]:
        """The plan for people: one line per operation."""
        width = max(map(len, self._stages))
        for operation, chain in self._stages.items():
            yield f"{operation:<{width}}  {' > '.join(stage.name for stage in chain)}"


def _with(chain: Sequence[Stage], stage: Stage, after: str) -> tuple[Stage, ...]:
    out: list[Stage] = []
    for known in chain:
        out.append(known)
        if known.name == after:
            out.append(stage)
    return tuple(out)
