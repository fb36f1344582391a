"""The page `docs/reference/plan.md`: what each operation runs through, and what each stage does."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping

from app.dialects.base import Operation
from app.pipeline import stages

_HEAD = """\
# The plan

Each request runs through the stages of its operation, in order. A stage holds what it holds until the reply
has been delivered. `antigravity-proxy plan` prints the plan that is in force.

This page is made from the shipped plan.

"""


def plan_page(plan: Mapping[Operation, tuple[str, ...]]) -> str:
    """The page. `plan` has the names of the stages of each operation."""
    rows = "".join(f"| `{operation}` | {' > '.join(chain)} |\n" for operation, chain in plan.items())
    about = stage_summaries()
    used = dict.fromkeys(name for chain in plan.values() for name in chain)
    told = "".join(f"* **{name}**: {about[name]}\n" for name in used)
    return f"{_HEAD}| operation | stages |\n| --- | --- |\n{rows}\n{told}"


def stage_summaries() -> dict[str, str]:
    """The first sentence about each shipped stage, by its name; some let their module speak."""
    found = {}
    for place in pkgutil.iter_modules(stages.__path__, f"{stages.__name__}."):
        module = importlib.import_module(place.name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            name = getattr(kind, "name", None)
            if kind.__module__ == place.name and isinstance(name, str):
                own = str(kind.__doc__)
                told = module.__doc__ if own.startswith("See the module") else own
                found[name] = str(told).partition("\n")[0]
    return found
