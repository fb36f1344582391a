"""`python3 run.py bench [PART...]`: what things cost, beside their budgets.

    micro    single steps, in this process
    queries  database queries of a warm request
    startup  process start to first answer
    failover what it adds to an answer when seven of ten accounts fail
    ends     between a simulated backend and real clients, next to a bare pass-through
    memory   idle, and of each open stream
    panels   whether ten open panels disturb the streams of 200 clients
    pages    first byte of each page of the panel, with 500 accounts and the same database
    panel    the panel's queries over 1,000,000 requests; fills a database in the temporary folder first

Exits 1 only when a budget is missed by more than a factor of three: machines differ, and so does what else
they have to do. Figures of one run can be compared with each other, those of two runs hardly.
"""

import sys
from collections.abc import Callable

from app.server.descriptors import raise_limit
from tests.bench.ends import ends
from tests.bench.failover import failover
from tests.bench.figures import SLACK, Figure, table
from tests.bench.memory import memory
from tests.bench.micro import micro
from tests.bench.panel import panel
from tests.bench.panel_pages import pages
from tests.bench.panels import panels
from tests.bench.processes import is_supported
from tests.bench.queries import queries
from tests.bench.startup import startup

_HERE: dict[str, Callable[[], list[Figure]]] = {
    "micro": micro,
    "queries": queries,
    "failover": failover,
    "panel": panel,
    "pages": pages,
}
_APART: dict[str, Callable[[], list[Figure]]] = {
    "startup": startup,
    "ends": ends,
    "memory": memory,
    "panels": panels,
}


def main(wanted: list[str]) -> int:
    """Measure the parts that are wanted, or all; gives the exit code."""
    parts = _HERE | _APART
    if unknown := [name for name in wanted if name not in parts]:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    chosen = wanted or list(parts)
    if not is_supported() and (left_out := [name for name in chosen if name in _APART]):
        print(f"left out, they need Linux: {', '.join(left_out)}", file=sys.stderr)
        chosen = [name for name in chosen if name in _HERE]
    raise_limit()
    figures: list[Figure] = []
    for name in chosen:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        figures += parts[name]()
    print(table(figures))
    missed = [figure for figure in figures if figure.is_missed]
    if missed:
        print(f"\n{len(missed)} missed by more than a factor of {SLACK:g}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
