from math import inf

import pytest

from app.errors import (
    EgressProxyFailed,
    NoAccount,
    OAuthClientRejected,
    PoolBusy,
    PoolError,
    PoolExhausted,
    UpstreamBroken,
)
from app.pool.model import Wait
from app.pool.refusals import refusal
from app.upstreams.transport.failures import proxy_refused
from app.verdicts import FAIL

NO_TOKEN = UpstreamBroken("The token endpoint is down.")
WRONG_CLIENT = OAuthClientRejected("The client is wrong.")


@pytest.mark.parametrize(
    ("wait", "error", "retry_after_s"),
    [
        (Wait("none", inf), NoAccount, 60.0),
        (Wait("tried", 100.0, 100.0), PoolExhausted, 2.0),
        (Wait("busy", 100.0), PoolBusy, 2.0),
        (Wait("full", 100.0), PoolBusy, 2.0),
        (Wait("cooling", 150.0, 140.0), PoolExhausted, 40.0),
        (Wait("cooling", 100.1, 100.1), PoolExhausted, 1.0),
        (Wait("tried", 100.0, 130.0), PoolExhausted, 30.0),
        (Wait("cooling", 99_999.0, 99_999.0), PoolExhausted, 99_899.0),
    ],
)
def test_a_wait_in_vain_says_when_to_come_back(
    wait: Wait, error: type[PoolError], retry_after_s: float
) -> None:
    """faults.md 1 rule 11, 2; architecture.md 9.3."""
    told = refusal(wait, None, now=100.0)

    assert isinstance(told, error)
    assert told.retry_after_s == retry_after_s


def test_without_any_access_token_there_is_no_account() -> None:
    """faults.md F063."""
    assert isinstance(refusal(Wait("tried", 0.0), NO_TOKEN, now=0.0), NoAccount)


@pytest.mark.parametrize("wait", [Wait("tried", 0.0), Wait("busy", 0.0)])
def test_a_wrong_oauth_client_is_told_as_such(wait: Wait) -> None:
    """faults.md F065."""
    assert refusal(wait, WRONG_CLIENT, now=0.0) is WRONG_CLIENT


@pytest.mark.parametrize("why", ["tried", "cooling"])
def test_a_way_out_that_fails_is_told_and_not_hidden_behind_the_accounts(why: str) -> None:
    """faults.md F009: no account is to blame when no token can be had through the proxy."""
    told = refusal(Wait(why, 130.0, 130.0), proxy_refused(), now=100.0)  # type: ignore[arg-type]

    assert isinstance(told, EgressProxyFailed)
    assert (told.verdict, told.retry_after_s) == (FAIL, 30.0)
