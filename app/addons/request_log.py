"""One log line per flow and per change in the pool, with everything an operator asks for."""

import structlog

from app.flow import Flow
from app.hooks.spec import Addon
from app.pool.model import PoolChange

log = structlog.get_logger("app.request")
pool_log = structlog.get_logger("app.pool")


class RequestLog(Addon):
    """Writes the lines. A flow's row is entered in the books, which wait for nobody."""

    name = "request_log"

    async def flow_closed(self, flow: Flow) -> None:
        """Log the flow."""
        told = {name: value for name, value in _fields(flow).items() if value not in (None, "")}
        log.info("request", **told)

    async def pool_changed(self, change: PoolChange) -> None:
        """Log the change."""
        pool_log.info("pool", change=change.kind, account=change.account, what=change.what, why=change.why)


def _fields(flow: Flow) -> dict[str, object]:
    """What the line says; what does not apply is left out."""
    return {
        "flow": flow.id,
        "outcome": flow.outcome,
        "dialect": flow.dialect.name,
        "operation": flow.endpoint.operation,
        "key": flow.caller.name if flow.caller else None,
        "model": flow.profile.id if flow.profile else None,
        "account": flow.attempts[-1].lease.account.id if flow.attempts else None,
        "attempts": len(flow.attempts) or None,
        "prompt": flow.usage.prompt or None,
        "output": flow.usage.output or None,
        "ms": round((flow.marks.closed - flow.marks.opened) * 1000),
        "error": flow.error.code if flow.error else None,
        "notes": ",".join(dict.fromkeys(note.word for note in flow.notes)),
    }
