"""A request in words that may be shown in public."""

from typing import Any

from msgspec.structs import replace

from app.admin.api.retelling import retold
from app.admin.schemas.requests import AttemptView, PassedView, RequestDetail, RequestLine, Tokens

LINE = RequestLine(
    id="req_1",
    started_at=1_800_000_000.0,
    key="key_secret",
    key_name="Anna's laptop",
    dialect="anthropic",
    client="claude-code",
    origin="client",
    model_asked="claude-sonnet-4-5",
    model="claude-sonnet-4-5",
    account="acc_2",
    account_email="ben@example.com",
    streamed=True,
    result="ok",
    outcome="ok",
    code="",
    status=200,
    attempts=2,
    first_output_ms=1900,
    duration_ms=9800,
    tokens=Tokens(prompt=41_203, cached=38_000, output=1877, thought=640, source="upstream"),
    fallback=False,
)


def attempt(number: int, account: str, **values: Any) -> AttemptView:
    given: dict[str, Any] = {"code": "", "kind": "", "status": None, "wait_ms": 0, **values}
    email = f"{account}@example.com"
    return AttemptView(
        number=number, account=account, account_email=email, offset_ms=20, duration_ms=300, **given
    )


def detail(line: RequestLine = LINE, **values: Any) -> RequestDetail:
    given: dict[str, Any] = {
        "phase": "output",
        "bytes_out": 9000,
        "queue_ms": 0,
        "tokens_per_s": 214.0,
        "notes": ["blocks-dropped"],
        "attempts": [attempt(1, "acc_1", code="rate_limited", status=429, wait_ms=50), attempt(2, "acc_2")],
        "passed": [
            PassedView(account="acc_3", account_email="c@d.e", state="suspended", why="why c@d.e", until=None)
        ],
        **values,
    }
    return RequestDetail(request=line, **given)


def test_everything_that_helps_is_told_and_nobody_is_named() -> None:
    """admin-ui.md 2.3: a redacted summary fit for a public issue."""
    assert retold(detail()) == (
        "Request req_1 at 2027-01-15 08:00:00 UTC\n"
        "anthropic from claude-code, streamed: claude-sonnet-4-5 -> claude-sonnet-4-5\n"
        "Result: ok, status 200, as far as output\n"
        "Times: 0 ms waiting, 1900 ms to the first output, 9800 ms in all\n"
        "Attempt 1 on account A: rate_limited, status 429, from 20 ms for 300 ms, then waited 50 ms\n"
        "Attempt 2 on account B: served, from 20 ms for 300 ms\n"
        "Not considered (1):\n"
        "  account C: suspended\n"
        "Changed on the way: blocks-dropped\n"
        "Tokens (upstream): 41203 in (38000 cached), 1877 out, 640 thought\n"
    )


def test_what_a_client_wrote_cannot_forge_a_line_or_tell_an_address() -> None:
    """threats.md S35."""
    asked = "gpt\nResult: fine\x1b[2J\u202e for anna@example.com"
    text = retold(detail(replace(LINE, model_asked=asked, model="")))

    assert "gpt\\nResult: fine\\x1b[2J\\u202e for (address) -> no model\n" in text
    assert "anna" not in text


def test_many_accounts_have_a_letter_each() -> None:
    text = retold(detail(attempts=[attempt(n, f"acc_{n}") for n in range(28)], passed=[]))

    assert "on account Z:" in text
    assert "on account B2:" in text
