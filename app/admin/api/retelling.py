"""A request in plain words that may be pasted into a public issue.

Accounts become letters, in the order of their appearance; keys, addresses and what the upstream wrote in its
own words are left out. Pure.
"""

import re
from datetime import UTC, datetime
from typing import Final

from app.admin.schemas.requests import AttemptView, RequestDetail
from app.plain import shown

_ADDRESS: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")


class _Letters:
    """Stand-ins for accounts."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, account: str) -> str:
        """`account A`, `account B`, and so on."""
        number = len(self._known)
        return self._known.setdefault(account, f"account {_letter(number)}") if account else "no account"


def retold(detail: RequestDetail) -> str:
    """The request, line by line."""
    letters = _Letters()
    request = detail.request
    when = datetime.fromtimestamp(request.started_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    tokens = request.tokens
    lines = [
        f"Request {request.id} at {when}",
        f"{request.dialect} from {request.client}{', streamed' if request.streamed else ''}: "
        f"{_public(request.model_asked) or 'no model'} -> {_public(request.model) or 'no model'}",
        f"Result: {request.outcome}{f' ({request.code})' if request.code else ''}, status {request.status}, "
        f"as far as {detail.phase or 'nothing'}",
        f"Times: {_ms(detail.queue_ms)} waiting, {_ms(request.first_output_ms)} to the first output, "
        f"{_ms(request.duration_ms)} in all",
    ]
    lines += [_attempt(one, letters) for one in detail.attempts]
    if detail.passed:
        lines.append(f"Not considered ({len(detail.passed)}):")
        lines += [f"  {letters.of(one.account)}: {one.state.replace('_', ' ')}" for one in detail.passed]
    if detail.notes:
        lines.append("Changed on the way: " + ", ".join(map(_public, detail.notes)))
    lines.append(
        f"Tokens ({tokens.source}): {tokens.prompt} in ({tokens.cached} cached), "
        f"{tokens.output} out, {tokens.thought} thought"
    )
    return "\n".join(lines) + "\n"


def _attempt(one: AttemptView, letters: _Letters) -> str:
    said = ", ".join(filter(None, (one.code, one.kind, f"status {one.status}" if one.status else "")))
    wait = f", then waited {one.wait_ms} ms" if one.wait_ms else ""
    return (
        f"Attempt {one.number} on {letters.of(one.account)}: {said or 'served'}, "
        f"from {one.offset_ms} ms for {one.duration_ms} ms{wait}"
    )


def _public(text: str) -> str:
    """A text from outside: nothing that hides, no address in it."""
    return _ADDRESS.sub("(address)", shown(text))


def _ms(value: int | None) -> str:
    return "unknown" if value is None else f"{value} ms"


def _letter(number: int) -> str:
    """A to Z, then A2 and so on."""
    rounds, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(rounds + 1) if rounds else "")
