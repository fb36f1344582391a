"""One log line per flow, with everything an operator asks for."""

import structlog

from app.flow import Flow

log = structlog.get_logger("app.request")


class RequestLog:
    """Writes the line. The row is entered in the books, which wait for nobody."""

    async def flow_closed(self, flow: Flow) -> None:
        """Log the flow."""
        took = flow.marks.closed - flow.marks.opened
        log.info(
            "request",
            flow=flow.id,
            outcome=flow.outcome,
            dialect=flow.dialect.name,
            operation=flow.endpoint.operation,
            key=flow.caller.name if flow.caller else None,
            model=flow.profile.id if flow.profile else None,
            account=flow.attempts[-1].lease.account.id if flow.attempts else None,
            attempts=len(flow.attempts),
            prompt=flow.usage.prompt,
            output=flow.usage.output,
            ms=round(took * 1000),
            error=flow.error.code if flow.error else None,
            notes=",".join(dict.fromkeys(note.word for note in flow.notes)) or None,
        )
