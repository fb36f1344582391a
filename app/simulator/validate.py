"""The checks of a generating request that need no account: steps 10 to 15 of upstream.md 9.3, in that order.

Each check lives in a module of its own and raises `Refused`; this one holds what they share and their order.
"""

from collections.abc import Callable, Set

from app.simulator.case import Case
from app.simulator.state import Check
from app.simulator.validate_config import check_config, check_context
from app.simulator.validate_contents import check_contents
from app.simulator.validate_pairing import check_pairing
from app.simulator.validate_signatures import check_signatures
from app.simulator.validate_tools import check_tools

CHECKS: tuple[tuple[Check, Callable[[Case], None]], ...] = (
    ("contents", check_contents),
    ("tools", check_tools),
    ("pairing", check_pairing),
    ("signatures", check_signatures),
    ("config", check_config),
    ("context", check_context),
)


def validate(case: Case, checks_off: Set[Check]) -> None:
    """Run all checks that are on; the first that fails raises `Refused`."""
    for name, check in CHECKS:
        if name not in checks_off:
            check(case)
