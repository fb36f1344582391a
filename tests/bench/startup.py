"""From the start of the process to the first answer, with a database that exists."""

from statistics import median

from tests.bench.cast import gateway
from tests.bench.figures import Figure

ROUNDS = 5


def startup() -> list[Figure]:
    """Waiting time and processor time."""
    waited, spent = [], []
    for _ in range(ROUNDS):
        with gateway() as served:
            waited.append(served.wait("/health/live"))
            spent.append(served.cpu_us / 1e6)
    return [
        Figure("start to first answer", median(waited), "s", budget=1.0),
        Figure("processor time of a start", median(spent), "s"),
    ]
