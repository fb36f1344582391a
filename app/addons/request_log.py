"""One log line per flow, with everything an operator asks for."""

import structlog

from app.flow import Flow

log = structlog.get_logger("app.request")


class RequestLog:
    """Writes the line. The row is entered in the books, which wait for nobody."""

    async def flow_closed(self, flow: Flow) -> None:
        """Log the flow."""
        told = {name: value for name, value in _fields(flow).items() if value not in (None, "")}
        log.info("request", **told)


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
