"""Accounts over real sockets: sign-in, tokens, set-up, and a pool that lends them."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.clock import SystemClock
from app.errors import (
    AccountRefused,
    CredentialRejected,
    NoAccount,
    OAuthClientRejected,
    PoolExhausted,
    UpstreamBroken,
    UpstreamError,
)
from app.ids import AccountId
from app.pool.lease import Lease
from app.pool.memory import MemoryLedger
from app.pool.model import Account, AccountState, PoolLimits, Want
from app.pool.pool import Pool
from app.pool.tokens import TokenKeeper
from app.simulator.accounts import SimAccount
from app.upstreams.antigravity.oauth import challenge_of, new_verifier, read_callback
from app.verdicts import Mark
from tests.support.antigravity import FLASH, AntigravityWorld
from tests.support.pool import MemoryBook


def an_account(sim: SimAccount, **values: Any) -> Account:
    given: dict[str, Any] = {"project": sim.project, **values}
    return Account(id=AccountId(sim.id), email=sim.email, refresh_token=sim.refresh_token, **given)


class PooledWorld(AntigravityWorld):
    """The simulator's accounts in a pool; the backend is asked for what an account lacks."""

    def __init__(self, *, per_account: int = 1, projects: bool = True, **simulator: Any) -> None:
        super().__init__(**simulator)
        self._limits = PoolLimits(per_account=per_account, per_model=0)
        self._projects = projects

    async def __aenter__(self) -> "PooledWorld":
        await super().__aenter__()
        accounts = self.sim.accounts
        self.book = MemoryBook(
            *(an_account(each) if self._projects else an_account(each, project=None) for each in accounts)
        )
        clock = SystemClock()
        self.keeper = TokenKeeper(self.oauth, self.book, clock)
        self.pool = Pool(
            MemoryLedger(clock, self._limits),
            self.keeper,
            self.book,
            clock,
            self._limits,
            lambda _: None,
            discover=self.upstream.discover,
        )
        await self.pool.load()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self.pool.aclose()
        await super().__aexit__(*exc)

    def want(self, patience: float = 10.0, **values: Any) -> Want:
        given: dict[str, Any] = {"group": FLASH.group, "model": FLASH.wire_id, **values}
        return Want(deadline=self.clock.monotonic() + patience, **given)

    async def attempt(self, lease: Lease) -> bytes:
        return await self.read(self.call(), lease.credential)

    async def generate(self, **want: Any) -> str:
        """One attempt; gives who served it."""
        async with self.pool.lease(self.want(**want)) as lease:
            await self.attempt(lease)
            return lease.account.id

    async def marked(self, account: str, state: AccountState) -> None:
        async with asyncio.timeout(10):
            while self.book.rows[AccountId(account)].state is not state:
                await asyncio.sleep(0.005)


async def redirect_of(url: str) -> str:
    """Where the sign-in page sends the browser."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nhost: {parts.netloc}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    await writer.wait_closed()
    return next(line.partition(": ")[2] for line in head.splitlines() if line.lower().startswith("location:"))


async def test_an_account_signs_in_from_the_page_to_its_address() -> None:
    """upstream.md 1.5, 1.6."""
    async with AntigravityWorld() as world:
        verifier, back = new_verifier(), "http://localhost:51121/oauth-callback"
        url = world.oauth.authorization_url(redirect_uri=back, state="state-1", verifier=verifier)
        assert parse_qs(urlsplit(url).query)["code_challenge"] == [challenge_of(verifier)]
        callback = read_callback(await redirect_of(url))
        assert callback.state == "state-1"

        signed_in = await world.oauth.exchange(code=callback.code, redirect_uri=back, verifier=verifier)

        assert signed_in.refresh_token == world.sim.accounts[0].refresh_token
        assert await world.oauth.email(signed_in.access_token) == world.sim.accounts[0].email


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ("token_revoked", CredentialRejected),
        ("token_malformed", CredentialRejected),
        ("token_rapt", CredentialRejected),
        ("token_unauthorized_client", OAuthClientRejected),
        ("token_invalid_client", OAuthClientRejected),
        ("token_missing_secret", OAuthClientRejected),
        ("token_429", UpstreamBroken),
        ("token_500_html", UpstreamBroken),
        ("token_object_error", UpstreamBroken),
    ],
)
async def test_each_refusal_of_a_refresh_is_told_apart(effect: str, error: type[UpstreamError]) -> None:
    """upstream.md 1.7."""
    async with AntigravityWorld() as world:
        world.sim.add_fault(effect)

        with pytest.raises(error):
            await world.credential()


async def test_many_requests_share_one_refresh_and_all_are_served() -> None:
    """faults.md F067."""
    async with PooledWorld(per_account=0, accounts=1) as world:
        world.sim.state.knobs.token_delay_s = 0.05

        assert set(await asyncio.gather(*(world.generate() for _ in range(50)))) == {"acc-1"}

        assert len(world.asked("token")) == 1
        assert [line for line in world.sim.misbehaviour if "refresh" in line] == []


async def test_a_token_that_is_refused_is_renewed_within_the_lease() -> None:
    """faults.md F015."""
    async with PooledWorld(accounts=1) as world:
        await world.generate()
        world.sim.state.directory.expire_tokens()

        async with world.pool.lease(world.want()) as lease:
            with pytest.raises(CredentialRejected):
                await world.attempt(lease)
            await lease.renew_credential()
            await world.attempt(lease)

        assert len(world.asked("token")) == 2
        assert world.book.rows[AccountId("acc-1")].state is AccountState.READY


async def test_a_revoked_account_is_marked_and_the_others_serve() -> None:
    """faults.md F064."""
    async with PooledWorld(scenario="revoked-account") as world:
        served = {await world.generate() for _ in range(4)}
        await world.marked("acc-1", AccountState.NEEDS_SIGN_IN)

        assert served == {"acc-2", "acc-3"}
        assert [entry.account for entry in world.asked("token")].count("acc-1") == 1


async def test_an_account_whose_quota_is_used_up_rests_and_the_others_serve() -> None:
    """faults.md F025."""
    async with PooledWorld(scenario="one-exhausted") as world:
        with pytest.raises(UpstreamError):
            await world.generate(only=AccountId("acc-1"))

        served = [await world.generate() for _ in range(4)]

        assert set(served) == {"acc-2", "acc-3"}
        assert [each.what for each in world.pool.snapshot()[0].cooling] == ["gemini"]
        assert world.sim.misbehaviour == []


async def test_a_pool_without_any_quota_says_when_it_is_back() -> None:
    """faults.md F025, architecture.md 9.3."""
    async with PooledWorld(scenario="all-exhausted") as world:
        for account in world.sim.accounts:
            with pytest.raises(UpstreamError):
                await world.generate(only=AccountId(account.id))

        with pytest.raises(PoolExhausted) as caught:
            await world.generate()

        assert caught.value.retry_after_s == pytest.approx(3600.0, abs=60.0)


async def test_an_account_to_verify_is_marked_with_the_page_for_it() -> None:
    """faults.md F016."""
    async with PooledWorld(scenario="validation-required") as world:
        with pytest.raises(AccountRefused):
            await world.generate(only=AccountId("acc-1"))
        await world.marked("acc-1", AccountState.NEEDS_VERIFICATION)

        link = world.book.rows[AccountId("acc-1")].state_link
        assert link is not None
        assert link.startswith("https://accounts.google.com/")
        with pytest.raises(NoAccount):
            await world.generate(only=AccountId("acc-1"))


async def test_an_account_without_a_project_is_set_up_and_serves() -> None:
    """faults.md F073, upstream.md 2.3."""
    async with PooledWorld(scenario="slow-onboarding", accounts=1, projects=False) as world:
        assert await world.generate() == "acc-1"

        assert world.book.rows[AccountId("acc-1")].project == world.sim.accounts[0].project
        assert len(world.asked("onboardUser")) > 1


async def test_an_account_that_gets_no_project_is_marked() -> None:
    """upstream.md 2.3."""
    async with PooledWorld(accounts=1) as world:
        world.sim.add_fault("load_no_project")
        world.sim.add_fault("onboard_no_project")
        with pytest.raises(AccountRefused) as caught:
            await world.pool.refresh(AccountId("acc-1"))

        assert caught.value.verdict.mark is Mark.PROJECT_ERROR


@pytest.mark.parametrize(
    ("effect", "left"), [("models_no_quota", None), ("models_no_fraction", 0.0), ("load_object_project", 1.0)]
)
async def test_oddly_spelt_answers_are_understood(effect: str, left: float | None) -> None:
    """upstream.md 2.2, 4.5."""
    async with AntigravityWorld() as world:
        world.sim.add_fault(effect)
        world.sim.add_fault("404_not_found", method="retrieveUserQuotaSummary")

        found = await world.upstream.discover(await world.credential())

        assert found.project == world.sim.accounts[0].project
        assert found.models is not None
        assert {window.left for window in found.windows} == (set() if left is None else {left})


async def test_refreshing_an_account_tells_its_models_and_quota() -> None:
    """upstream.md 4.5, 8.3."""
    async with PooledWorld(accounts=1) as world:
        account = await world.pool.refresh(AccountId("acc-1"))

        assert account.models is not None
        assert FLASH.wire_id in account.models
        names = {window.name for window in world.pool.snapshot()[0].windows}
        assert names == {"gemini-5h", "gemini-weekly", "3p-5h", "3p-weekly"}


async def test_more_requests_than_accounts_wait_in_line_and_are_all_served() -> None:
    """faults.md F088."""
    async with PooledWorld() as world:
        served = await asyncio.gather(*(world.generate() for _ in range(30)))

        assert set(served) == {"acc-1", "acc-2", "acc-3"}
        assert world.sim.state.journal.max_open_streams <= 3


async def test_callers_who_leave_at_any_moment_leave_nothing_behind() -> None:
    """faults.md F077 to F081, ecosystem.md 2.4: whatever is cancelled, pool and sockets are whole."""
    async with PooledWorld() as world:
        world.sim.state.knobs.token_delay_s = 0.01

        async def call(turns: int) -> None:
            task = asyncio.create_task(world.generate())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        for start in range(0, 300, 20):
            await asyncio.gather(*(call(turns) for turns in range(start, start + 20)))

        assert {status.in_flight for status in world.pool.snapshot()} == {0}
        assert {status.words for status in world.pool.snapshot()} == {"ready"}
        assert await world.generate() in {"acc-1", "acc-2", "acc-3"}
        await _until(lambda: world.sim.open_streams == 0)
        assert world.http.census().busy == 0


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


def test_a_query_is_what_a_form_makes_of_it() -> None:
    assert read_callback(urlencode({"code": "4/0A b", "state": "s"})).code == "4/0A b"
