"""Looking at accounts and signing in, from the command line, against the simulated backend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
import httpx
import pytest

from app.cli import signin
from app.cli.examine import examiner
from app.cli.signin import sign_in
from app.cli.simulated import pointed_at
from app.errors import CredentialRejected
from app.ids import AccountId
from app.pool.model import Account
from app.settings.schema import Settings
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from app.upstreams.antigravity.oauth import Callback, read_callback


@asynccontextmanager
async def a_backend() -> AsyncIterator[tuple[Simulator, Settings]]:
    async with Simulator(SimulatorOptions()) as simulator:
        yield simulator, pointed_at(Settings(), simulator)


def agreeing(page: str) -> Callback:
    """A person who opens the page, agrees, and pastes where the browser was sent."""
    return read_callback(httpx.get(page, trust_env=False).headers["location"])


async def test_an_account_is_what_the_backend_says_it_is() -> None:
    """upstream.md 2; amendments.md 1, account check."""
    async with a_backend() as (simulator, settings), examiner(settings) as examine:
        known = simulator.accounts[0]
        account = Account(id=AccountId("acc_a"), email=known.email, refresh_token=known.refresh_token)

        examined = await examine(account)

    assert examined.error is None
    assert examined.discovery is not None
    assert examined.discovery.project


async def test_an_account_with_a_dead_token_is_told() -> None:
    """upstream.md 1.7."""
    async with a_backend() as (_, settings), examiner(settings) as examine:
        account = Account(id=AccountId("acc_a"), email="a@example.test", refresh_token="1//dead")

        examined = await examine(account)

    assert isinstance(examined.error, CredentialRejected)


async def test_a_person_signs_an_account_in_by_pasting_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """upstream.md 1.5: every peer lets the user paste the full callback URL."""
    monkeypatch.setattr(signin, "_ask", agreeing)
    async with a_backend() as (simulator, settings):
        signed_in = await sign_in(settings)

        assert signed_in.email in {account.email for account in simulator.accounts}
        assert signed_in.refresh_token
        assert signed_in.refresh_token not in repr(signed_in)


async def test_an_address_of_another_sign_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """threats.md S31: state is random and bound."""
    monkeypatch.setattr(signin, "_ask", lambda page: Callback("4/0A-code", "another state"))
    async with a_backend() as (_, settings):
        with pytest.raises(click.ClickException, match="another sign-in"):
            await sign_in(settings)


async def test_a_code_that_is_no_good_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """upstream.md 1.6."""
    monkeypatch.setattr(signin, "_ask", lambda page: Callback("4/0A-made-up", None))
    async with a_backend() as (_, settings):
        with pytest.raises(click.ClickException, match="not valid"):
            await sign_in(settings)
