"""The verdict table, end to end: what each refusal of the backend costs, and what a client hears of it.

Every row is asked in both dialects with four accounts that all fail alike. `route`: accounts as letters,
hosts as `d` and `p`. Source: architecture.md 9.4, upstream.md 7.10, faults.md 2 and 6 B.
"""

import socket
from typing import Any

import pytest
from msgspec import Struct

from app.pool.model import AccountState, State
from tests.support.scenes import DIALECTS, FLASH, SONNET, DialectName, Heard, a_scene, ask, gaps, route
from tests.support.world import World

EVERY = "Ad Bd Cd Dd"
EVERY_TWICE = "Ad Ad Bd Bd Cd Cd Dd Dd"
BROKEN = "Ad Ap Ad Ap Bd Bp"


class Row(Struct, frozen=True):
    """One kind of refusal. `openai` is status, type and code; `anthropic` status and type.

    `after` are the least and most seconds of `Retry-After`. `waits` are the least waits between attempts of
    which the first is at `since`. `states` are those of the accounts that were asked.
    """

    effect: str
    route: str
    openai: tuple[int, str, str]
    anthropic: tuple[int, str]
    state: State = State.READY
    after: tuple[int, int] | None = None
    rests: str = ""
    rule: dict[str, Any] = {}
    waits: tuple[float, ...] = ()
    message: str = ""


def bad(effect: str, message: str = "", code: str = "upstream_invalid_argument") -> Row:
    """The caller's fault: refused once, and no account hears of it."""
    return Row(
        effect,
        "Ad",
        (400, "invalid_request_error", code),
        (400, "invalid_request_error"),
        message=message,
    )


def refused(effect: str, state: State, *, route: str = EVERY) -> Row:
    """An account's fault: hidden while another can serve, and never a 401 or 403."""
    openai = (503, "server_error", "no_available_account")
    return Row(effect, route, openai, (503, "api_error"), state, after=(60, 60))


def limited(effect: str, route: str, after: tuple[int, int], **more: Any) -> Row:
    openai = (429, "rate_limit_error", "rate_limit_exceeded")
    return Row(effect, route, openai, (429, "rate_limit_error"), after=after, **more)


def broken(
    effect: str, anthropic: tuple[int, str], status: int = 503, code: str = "upstream_unavailable"
) -> Row:
    openai = (status, "server_error", code)
    return Row(effect, BROKEN, openai, anthropic, waits=(0.0, 0.5, 0.0))


def full(effect: str, route: str = "Ad Ap Ad Ap Ad Ap", waits: tuple[float, ...] = (0, 2, 0, 2)) -> Row:
    openai = (503, "server_error", "upstream_unavailable")
    return Row(
        effect, route, openai, (529, "overloaded_error"), after=(5, 18), waits=waits, rule={"delay_s": 9}
    )


USED_UP = (429, "insufficient_quota", "insufficient_quota")
LIMITED = (429, "rate_limit_error")
OVERLOADED = (529, "overloaded_error")

ROWS = (
    bad("400_generic", "Request contains an invalid argument."),
    bad("400_unknown_field"),
    bad("400_prefill"),
    bad("400_signature"),
    bad(
        "400_prompt_too_long", "prompt is too long: 200903 tokens > 200000 maximum", "context_length_exceeded"
    ),
    Row(
        "413_too_large", "Ad", (413, "invalid_request_error", "request_too_large"), (413, "request_too_large")
    ),
    refused("401_expired", State.NEEDS_SIGN_IN, route=EVERY_TWICE),
    refused("403_scope", State.NEEDS_SIGN_IN),
    refused("403_service_disabled", State.PROJECT_ERROR, route=EVERY_TWICE),
    refused("403_license", State.PROJECT_ERROR, route=EVERY_TWICE),
    refused("403_iam", State.PROJECT_ERROR, route=EVERY_TWICE),
    refused("403_validation", State.NEEDS_VERIFICATION),
    refused("403_tos", State.SUSPENDED),
    refused("403_plain", State.COOLING, route="Ad Bd"),
    Row(
        "404_not_found",
        "Ad Ap Bd Bp",
        (404, "invalid_request_error", "model_not_found"),
        (404, "not_found_error"),
        State.COOLING,
        rests="model",
    ),
    limited("429_rate", EVERY_TWICE, (1, 2), rule={"delay_s": 0.4}, waits=(0.4, 0.0, 0.4)),
    limited("429_rate", EVERY, (1, 51), rule={"delay_s": 41.0}, state=State.COOLING, rests="model"),
    limited("429_plain", "Ad Bd Cd", (5, 5), state=State.COOLING, rests="model"),
    limited("429_retry_text", EVERY, (1, 60), state=State.COOLING, rests="model"),
    Row("429_quota", EVERY, USED_UP, LIMITED, State.EXHAUSTED, (8_000, 10_800), "group", {"delay_s": 9_000}),
    Row("429_credits", EVERY, USED_UP, LIMITED, State.EXHAUSTED, (3_000, 4_320), "group"),
    full("429_capacity"),
    full("503_capacity"),
    full("529", waits=(0, 1, 0, 2)),
    full("stream_error", route="Ad Ad Ad", waits=(1, 2)),
    broken("500_internal", OVERLOADED),
    broken("503_plain", OVERLOADED),
    broken("502_html", (502, "api_error")),
    broken("499_cancelled", (502, "api_error")),
    broken("504", (504, "timeout_error"), 504, "upstream_timeout"),
    broken("408_html", (504, "timeout_error"), 504, "upstream_timeout"),
    Row("500_unknown", "Ad", (503, "server_error", "upstream_unavailable"), (502, "api_error")),
    Row("empty", "Ad Ad Ad", (502, "server_error", "upstream_empty_response"), OVERLOADED, waits=(0.5, 1.0)),
    Row(
        "cut",
        "Ad Ad Bd",
        (502, "server_error", "upstream_stream_truncated"),
        (502, "api_error"),
        rule={"after_chunks": 0},
        waits=(0.5, 0.0),
    ),
    Row("version_text", "Ad", (503, "server_error", "upstream_client_outdated"), (503, "api_error")),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.effect}-{row.rule.get('delay_s', '')}")
async def test_a_refusal_costs_and_says_what_its_row_says(row: Row) -> None:
    async with a_scene(accounts=4, factor=20.0) as world:
        for dialect, model in zip(DIALECTS, (SONNET, FLASH), strict=True):
            world.simulator.add_fault(row.effect, **{"after_chunks": 0, **row.rule})

            heard = await ask(world, dialect, model=model)

            check_words(row, dialect, heard)
            check_cost(row, world, model)
            await mend(world)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("effect", ["400_location", "sorry_html"])
async def test_a_place_that_is_refused_closes_the_way_and_not_the_accounts(
    effect: str, dialect: DialectName
) -> None:
    """faults.md F018 and F032: no tour through the pool; then nothing is sent for five minutes."""
    async with a_scene(accounts=4) as world:
        world.simulator.add_fault(effect)

        first = await ask(world, dialect)
        second = await ask(world, dialect)

        assert route(world.generations) == ("Ad Bd" if effect == "400_location" else "Ad")
        assert first.status == second.status == 502
        if dialect == "openai":
            assert (second.type, second.code) == ("server_error", "egress_blocked")
        assert second.retry_after is not None
        assert 100 < second.retry_after <= 300
        assert {status.shown for status in world.gateway.pool.snapshot()} == {State.READY}


async def test_an_account_that_is_not_served_from_here_is_an_alarm_until_it_is() -> None:
    """threats.md 5.1, upstream.md 7.10: one other account answers; operators are told, until it is over."""
    async with a_scene(accounts=3) as world:
        world.simulator.add_fault("400_location", account="acc-1", times=1)
        heard = [await ask(world, DIALECTS[n % 2], talk=str(n)) for n in range(3)]

        assert [each.status for each in heard] == [200, 200, 200]
        assert set(world.gateway.pool.alarms()) == {"location"}
        assert "location" in world.gateway.troubles()
        assert {status.shown for status in world.gateway.pool.snapshot()} == {State.READY}
        before = len(world.generations)
        for n in range(4):
            await ask(world, talk=f"later {n}")
        assert "acc-1" not in [entry.account for entry in world.generations[before:]], (
            "others are asked first"
        )

        for account in world.simulator.accounts[1:]:
            world.simulator.add_fault("429_quota", account=account.id, delay_s=9_000.0)
        assert (await ask(world, talk="another")).status == 200

        assert world.gateway.pool.alarms() == {}
        assert "location" not in world.gateway.troubles()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_outbound_proxy_that_is_down_is_named_and_not_shown(dialect: DialectName) -> None:
    """faults.md F009: UPBAD with a code of its own, for the first caller and for those after it."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    async with a_scene(accounts=3, outbound_proxy=f"http://user:secret@{address}") as world:
        heard = [await ask(world, dialect, talk=str(n)) for n in range(3)]

        assert {each.status for each in heard} == {502}
        if dialect == "openai":
            assert {each.code for each in heard} == {"egress_proxy_error"}
        for each in heard:
            assert "outbound proxy" in each.message
            assert "secret" not in str(each.body)
            assert address not in str(each.body)
        states = {status.state for status in world.gateway.pool.snapshot()}
        assert states == {AccountState.READY}, "no account is blamed"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_route_that_fails_is_left_alone_for_a_while_and_nobody_is_blamed(
    dialect: DialectName,
) -> None:
    """faults.md F003: no tour of the pool; once the breaker is open the answer says when to come back."""
    async with a_scene(accounts=4) as world:
        for n in range(4):
            assert (await ask(world, dialect, talk=str(n))).status == 200
        await world.simulator.stop()

        heard = [await ask(world, dialect, talk=str(n)) for n in range(4)]

        assert {each.status for each in heard} == {503 if dialect == "openai" else 502}
        assert heard[0].retry_after is None
        assert heard[-1].retry_after is not None
        assert 1 <= heard[-1].retry_after <= 30
        assert {status.shown for status in world.gateway.pool.snapshot()} == {State.READY}


def check_words(row: Row, dialect: DialectName, heard: Heard) -> None:
    if dialect == "openai":
        assert (heard.status, heard.type, heard.code) == row.openai
    else:
        assert (heard.status, heard.type) == row.anthropic
    assert heard.status not in (401, 403)
    if row.after is None:
        assert heard.retry_after is None
    else:
        assert heard.retry_after is not None
        assert row.after[0] <= heard.retry_after <= row.after[1]
    assert heard.message.strip()
    assert row.message in heard.message
    for secret in ("@", "acc-", "project", "127.0.0.1", "Traceback", "ya29"):
        assert secret not in heard.message


def check_cost(row: Row, world: World, model: str) -> None:
    entries = world.generations
    assert route(entries) == row.route
    for least, gap in zip(row.waits, gaps(entries), strict=False):
        assert gap >= least
    asked = {entry.email for entry in entries}
    statuses = [status for status in world.gateway.pool.snapshot() if status.email in asked]
    if row.effect != "429_rate" or row.state is not State.READY:  # a short rest may be over by now
        assert {status.shown for status in statuses} == {row.state}
    if row.rests:
        what = world.gateway.catalog.resolve(model)
        name = {"model": what.wire_id, "group": what.group}[row.rests]
        assert {rest.what for status in statuses for rest in status.cooling} == {name}
    others = [status for status in world.gateway.pool.snapshot() if status.email not in asked]
    assert all(status.shown is State.READY for status in others)


async def mend(world: World) -> None:
    """All accounts are usable again, and the backend is well and has forgotten."""
    simulator = world.simulator
    simulator.state.faults.clear()
    simulator.state.journal.clear()
    for status in world.gateway.pool.snapshot():
        await world.gateway.pool.set_enabled(status.id, enabled=True)
