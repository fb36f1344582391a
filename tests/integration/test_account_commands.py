"""Looking at accounts and signing in, from the command line, against the simulated backend."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import click
import httpx
import pytest

from app.cli.callback import MOST_WAITING, CallbackListener, listening
from app.cli.examine import examiner
from app.cli.signin import Answers, sign_in
from app.cli.simulated import pointed_at
from app.errors import CredentialRejected
from app.ids import AccountId
from app.pool.model import Account
from app.settings.schema import Settings
from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator


@asynccontextmanager
async def a_backend() -> AsyncIterator[tuple[Simulator, Settings]]:
    async with Simulator(SimulatorOptions()) as simulator:
        yield simulator, pointed_at(Settings(), simulator)


def pasting(*texts: str) -> Answers:
    """A person who pastes these, one after the other."""

    async def answers(listener: CallbackListener | None) -> AsyncGenerator[str, None]:
        for text in texts:
            yield text

    return answers


def agreeing(capsys: pytest.CaptureFixture[str], *before: str, part: str = "") -> Answers:
    """A person who opens the page that is shown, agrees, and pastes where the browser was sent.

    `before` is pasted first. `part` says what of the address is pasted: all of it, `query` or `code`.
    """

    async def answers(listener: CallbackListener | None) -> AsyncGenerator[str, None]:
        page = _page(capsys)
        async with httpx.AsyncClient(trust_env=False) as browser:
            went = (await browser.get(page)).headers["location"]
        for text in before:
            yield page if text == "PAGE" else text
        query = urlsplit(went).query
        yield {"": went, "query": f"?{query}", "code": parse_qs(query)["code"][0]}[part]

    return answers


def _page(capsys: pytest.CaptureFixture[str]) -> str:
    found = re.search(r"https?://\S+code_challenge\S+", capsys.readouterr().err)
    assert found is not None
    return found[0]


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


@pytest.mark.parametrize("part", ["", "query", "code"])
async def test_a_person_signs_an_account_in_by_pasting_any_part_of_the_address(
    capsys: pytest.CaptureFixture[str], part: str
) -> None:
    """upstream.md 1.5: full URL, query string only, or bare code."""
    async with a_backend() as (simulator, settings):
        signed_in = await sign_in(settings, has_browser=False, answers=agreeing(capsys, part=part))

        assert signed_in.email in {account.email for account in simulator.accounts}
        assert signed_in.refresh_token
        assert signed_in.refresh_token not in repr(signed_in)


async def test_pasting_the_wrong_thing_first_is_told_and_may_be_put_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """upstream.md 1.5."""
    wrong = ("PAGE", "1//a-refresh-token", "http://localhost:51121/oauth-callback?state=other&code=4/0A")
    async with a_backend() as (_, settings):
        await sign_in(settings, has_browser=False, answers=agreeing(capsys, *wrong))

    said = capsys.readouterr().err
    assert "the page to open" in said
    assert "a refresh token" in said
    assert "another sign-in" in said


async def test_a_browser_on_this_machine_comes_back_by_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """upstream.md 1.5: loopback redirect."""
    browsing: list[asyncio.Task[str]] = []

    async def browse(page: str) -> str:
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as browser:
            return (await browser.get(page)).text

    monkeypatch.setattr(click, "launch", lambda page: browsing.append(asyncio.create_task(browse(page))))
    async with a_backend() as (simulator, settings):
        async with asyncio.timeout(20):
            signed_in = await sign_in(settings, has_browser=True)
            shown = await browsing[0]

    assert signed_in.email in {account.email for account in simulator.accounts}
    assert "can be closed" in shown


async def test_an_address_of_another_sign_in_is_refused() -> None:
    """threats.md S31: state is random and bound."""
    foreign = "http://localhost:51121/oauth-callback?state=another&code=4/0A-code"
    async with a_backend() as (_, settings):
        with pytest.raises(click.ClickException, match="another sign-in"):
            await sign_in(settings, has_browser=False, answers=pasting(foreign))


async def test_a_code_that_is_no_good_is_told_in_one_line() -> None:
    """upstream.md 1.6."""
    async with a_backend() as (_, settings):
        with pytest.raises(click.ClickException, match="not valid"):
            await sign_in(settings, has_browser=False, answers=pasting("4/0A-made-up"))


async def test_only_a_browser_that_comes_back_is_listened_to() -> None:
    """threats.md S31: nothing but the callback's own path is answered."""
    async with listening(0) as listener:
        assert listener is not None
        async with httpx.AsyncClient(trust_env=False) as client:
            elsewhere = await client.get(listener.redirect_uri.replace("oauth-callback", "x") + "?code=1")
            empty = await client.get(listener.redirect_uri)

    assert (elsewhere.status_code, empty.status_code) == (404, 404)
    listener.bring("the first")
    assert await listener.next() == "the first"


async def test_who_calls_back_again_and_again_fills_nothing() -> None:
    """threats.md S31, faults.md 1 rule 13: another program on this machine is no browser."""
    async with listening(0) as listener:
        assert listener is not None
        async with httpx.AsyncClient(trust_env=False) as client:
            heard = [await client.get(f"{listener.redirect_uri}?code={n}") for n in range(MOST_WAITING + 3)]

        assert [each.status_code for each in heard] == [200] * MOST_WAITING + [404] * 3
        assert await listener.next() == "code=0"


async def test_a_taken_port_is_no_reason_to_give_up() -> None:
    async with listening(0) as first:
        assert first is not None
        taken = urlsplit(first.redirect_uri).port
        async with listening(taken or 0) as second:
            assert second is not None
            assert second.redirect_uri != first.redirect_uri
