"""How a simulator is started. Fixed for its life; what may change while it runs lives in `state.Knobs`."""

from typing import Literal

from msgspec import Struct

from app.simulator.clock import ClockMode

Profile = Literal["instant", "realistic", "slow", "bench"]


class SimulatorOptions(Struct, frozen=True, kw_only=True):
    """Start-up choices.

    `port` 0 picks a free one; `ports` opens further hosts by name, each on a port of its own.
    With a certificate everything is served over TLS.
    """

    scenario: str = "happy"
    profile: Profile = "instant"
    seed: int = 1
    directives: bool = False
    accounts: int = 3
    client_id: str = "sim-client"
    client_secret: str = "sim-secret"  # noqa: S105 - invented, and public on purpose
    host: str = "127.0.0.1"
    port: int = 0
    ports: dict[str, int] = {}
    certfile: str | None = None
    keyfile: str | None = None
    catalog: str = "catalog-2026-08"
    clock: ClockMode = "real"
    clock_start: float | None = None
    clock_factor: float = 1.0
    journal_path: str | None = None
