"""The page `docs/reference/plan.md`: what each operation runs through, and what each stage does."""

import sys
from collections.abc import Mapping

from app.dialects.base import Operation
from app.pipeline.stage import Stage

_HEAD = """\
# The plan

Each request runs through the stages of its operation, in order. A stage holds what it holds until the reply
has been delivered. `antigravity-proxy plan` prints the plan that is in force.

This page is made from the shipped plan.

"""


def plan_page(plan: Mapping[Operation, tuple[Stage, ...]]) -> str:
    """The page."""
    rows = "".join(
        f"| `{operation}` | {' > '.join(stage.name for stage in chain)} |\n"
        for operation, chain in plan.items()
    )
    used = {stage.name: stage for chain in plan.values() for stage in chain}
    told = "".join(f"* **{name}**: {_summary(stage)}\n" for name, stage in used.items())
    return f"{_HEAD}| operation | stages |\n| --- | --- |\n{rows}\n{told}"


def _summary(stage: Stage) -> str:
    """The first sentence about a stage; some let their module speak."""
    kind = type(stage)
    own = str(kind.__doc__)
    told = sys.modules[kind.__module__].__doc__ if own.startswith("See the module") else own
    return str(told).partition("\n")[0]
