"""Sets up logs: structlog for our own lines, the standard library's for those of others, one way out.

A line is `time level event key=value ...` or JSON; the flow's id comes from a context variable; secrets are
taken out last. Never: blocks whoever logs.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from functools import partial
from typing import Any, Literal, TextIO

import structlog

from app.observe.outlet import Outlet
from app.observe.redaction import Redactor
from app.observe.tail import LogTail
from app.plain import shown

current_flow: ContextVar[str] = ContextVar("current_flow", default="")
"""Id of the flow that the running task works for; stands in each of its lines."""

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["text", "json"]
Fields = MutableMapping[str, Any]
_Render = Callable[[str, Mapping[str, Any]], str]

_NUMBERS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_NOT_A_PAIR = frozenset({"level", "event", "trace"})
_LONGEST_TRACE = 6000
# Libraries that tell at `info` or `debug` what we tell ourselves, or too much of it.
_QUIET = ("tortoise", "aiosqlite", "httpx", "httpcore", "hpack", "PIL", "hypercorn.access", "asyncio")


class Logging:
    """A set-up that is in force until `close`."""

    def __init__(self, outlet: Outlet, handler: logging.Handler, level_before: int, tail: LogTail) -> None:
        self.tail = tail
        self._outlet = outlet
        self._handler = handler
        self._level_before = level_before

    @property
    def dropped(self) -> int:
        """Lines that never got out."""
        return self._outlet.dropped

    def flush(self, timeout_s: float = 1.0) -> bool:
        """Wait until every line is out. False when that takes too long."""
        return self._outlet.flush(timeout_s)

    def close(self) -> None:
        """Put structlog and the root logger back as they were, and write what waits."""
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level_before)
        structlog.reset_defaults()
        self._outlet.close()


def configure_logging(
    level: Level = "info",
    form: Format = "text",
    *,
    stream: TextIO | None = None,
    secrets: Iterable[str] = (),
) -> Logging:
    """Set logs up for the process. `secrets` are exact values to keep out of every line."""
    outlet = Outlet(stream or sys.stderr)
    redactor = Redactor(secrets)
    render = _json_line if form == "json" else _text_line
    tail = LogTail()
    finish = _Finish(redactor, render, tail)
    structlog.configure(
        processors=[_with_flow, _with_level, _with_trace, finish],
        wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        logger_factory=partial(_OutletLogger, outlet),
        cache_logger_on_first_use=False,
    )
    handler = _StandardHandler(outlet, finish)
    root = logging.getLogger()
    level_before = root.level
    root.addHandler(handler)
    root.setLevel(_NUMBERS[level])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return Logging(outlet, handler, level_before, tail)


class _OutletLogger:
    """What structlog calls with the finished line."""

    def __init__(self, outlet: Outlet, *names: object) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = self.msg = outlet.put


class _Finish:
    """The last processor: time, redaction, one line of text, which the tail keeps as well."""

    def __init__(self, redactor: Redactor, render: _Render, tail: LogTail) -> None:
        self._redactor = redactor
        self._render = render
        self._tail = tail

    def __call__(self, logger: Any, method: str, fields: Fields) -> str:
        text = self._render(_now(), self._redactor.event(fields))
        self._tail.put(str(fields.get("level", "info")), text)
        return text


class _StandardHandler(logging.Handler):
    """Takes lines of libraries the same way out."""

    def __init__(self, outlet: Outlet, finish: _Finish) -> None:
        super().__init__()
        self._outlet = outlet
        self._finish = finish

    def emit(self, record: logging.LogRecord) -> None:
        fields: Fields = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        _with_trace(None, "", _with_level(None, record.levelname.lower(), _with_flow(None, "", fields)))
        self._outlet.put(self._finish(None, "", fields))


def _with_flow(logger: Any, method: str, fields: Fields) -> Fields:
    if flow := current_flow.get():
        fields.setdefault("flow", flow)
    return fields


def _with_level(logger: Any, method: str, fields: Fields) -> Fields:
    fields["level"] = {"warn": "warning", "exception": "error", "critical": "error"}.get(method, method)
    return fields


def _with_trace(logger: Any, method: str, fields: Fields) -> Fields:
    raised = fields.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        fields["trace"] = _shortened("".join(traceback.format_exception(raised)).rstrip())
    return fields


def _shortened(trace: str) -> str:
    """The end of a long trace, from the beginning of a line: half a secret would not be known for one."""
    if len(trace) <= _LONGEST_TRACE:
        return trace
    start = trace.find("\n", len(trace) - _LONGEST_TRACE) + 1
    return trace[start:] if start else trace[trace.rfind("\n") + 1 :][:_LONGEST_TRACE]


def _now() -> str:
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def _json_line(now: str, fields: Mapping[str, Any]) -> str:
    head = {"time": now, "level": fields.get("level", "info"), "event": fields.get("event", "")}
    whole = head | dict(fields)
    line = json.dumps(whole, ensure_ascii=False, default=str)
    if line.isprintable():
        return line
    # JSON itself lets terminal codes beyond ASCII and marks of direction pass.
    return json.dumps(whole, default=str).replace("\x7f", "\\u007f")


def _text_line(now: str, fields: Mapping[str, Any]) -> str:
    head = f"{now} {fields.get('level', 'info'):<7} {shown(str(fields.get('event', '')))}"
    rest = [f"{name}={_text(value)}" for name, value in fields.items() if name not in _NOT_A_PAIR]
    trace = [f"  | {shown(line)}" for line in str(fields.get("trace", "")).splitlines()]
    return "\n".join([" ".join([head, *rest]), *trace])


def _text(value: Any) -> str:
    """A value that stays one word: quoted where it holds more than letters and common signs."""
    if isinstance(value, str) and value and value.isprintable() and not set(value) & set(' "='):
        return value
    return shown(json.dumps(value, ensure_ascii=False, default=str))
