"""How many files the process may open, and so how many clients it can serve.

Never: a guess where the system does not say.
"""

from contextlib import suppress
from types import ModuleType

try:
    import resource
except ImportError:  # Windows has no such limit
    limits: ModuleType | None = None
else:
    limits = resource

_RESERVE = 128  # database, logs, listening sockets, control calls
_PER_CLIENT = 2  # its own connection and the one to an upstream
_MOST = 20_000
_FEWEST = 16
_WITHOUT_A_WORD = 512


def raise_limit() -> None:
    """Ask for as many open files as the process may have without further rights."""
    if limits is not None:
        _, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):  # macOS names no limit and refuses to have none
            limits.setrlimit(limits.RLIMIT_NOFILE, (hard, hard))


def connection_room() -> int:
    """How many client connections fit."""
    if limits is None:
        return _WITHOUT_A_WORD
    soft: int = limits.getrlimit(limits.RLIMIT_NOFILE)[0]
    if soft == limits.RLIM_INFINITY:
        return _MOST
    return max(_FEWEST, min(_MOST, (soft - _RESERVE) // _PER_CLIENT))
