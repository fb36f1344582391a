"""The stored accounts, as the pool sees them."""

from pathlib import Path

import pytest

from app.ids import AccountId
from app.pool.book import AccountBook
from app.pool.model import AccountState
from app.store.accounts import StoredAccounts
from app.store.models import AccountRow
from app.store.parcel import PackedAccount
from app.store.tx import run_query
from tests.support.clock import ManualClock
from tests.support.store import SEALING_KEY, a_seal, a_store

NOBODY = AccountId("acc_nobody")


def as_book(accounts: StoredAccounts) -> AccountBook:
    """The type checker holds the protocol here."""
    return accounts


async def test_a_new_account_is_enabled_and_ready() -> None:
    """upstream.md 1; app/pool/book.py."""
    async with a_store() as store:
        account = await store.accounts.add(email=" Anna@Example.test ", refresh_token="1//a", project="p-1")

        assert account.email == "anna@example.test"
        assert (account.refresh_token, account.project) == ("1//a", "p-1")
        assert (account.enabled, account.state, account.version) == (True, AccountState.READY, 0)
        assert await store.accounts.find(account.id) == account


async def test_a_known_address_keeps_its_account_with_the_new_token_and_a_clean_state() -> None:
    """app/pool/book.py."""
    async with a_store() as store:
        first = await store.accounts.add(email="anna@example.test", refresh_token="1//a", project="p-1")
        await store.accounts.set_state(first.id, AccountState.NEEDS_SIGN_IN, reason="r", link="l")
        await store.accounts.set_enabled(first.id, enabled=False)

        again = await store.accounts.add(email="ANNA@example.test", refresh_token="1//b")

        assert again.id == first.id
        assert (again.refresh_token, again.project, again.version) == ("1//b", "p-1", 1)
        assert (again.enabled, again.state, again.state_reason, again.state_link) == (
            True,
            AccountState.READY,
            "",
            None,
        )
        assert len(await store.accounts.all()) == 1


async def test_accounts_come_oldest_first() -> None:
    """app/pool/book.py."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        for name in ("zoe", "anna", "mia"):
            await store.accounts.add(email=f"{name}@example.test", refresh_token="1//x")
            clock.advance(1)

        assert [a.email[:3] for a in await store.accounts.all()] == ["zoe", "ann", "mia"]


async def test_a_rotated_token_is_stored_only_over_the_one_it_replaces() -> None:
    """threats.md 5.3: compare and set on a version."""
    async with a_store() as store:
        account = await store.accounts.add(email="anna@example.test", refresh_token="1//a")

        second = await store.accounts.set_refresh_token(account.id, "1//b", version=0)
        late = await store.accounts.set_refresh_token(account.id, "1//late", version=0)
        nobody = await store.accounts.set_refresh_token(NOBODY, "1//n", version=0)

        assert second is not None
        assert (second.refresh_token, second.version) == ("1//b", 1)
        assert late is None
        assert nobody is None
        assert await store.accounts.find(account.id) == second


async def test_what_discovery_found_is_kept() -> None:
    """upstream.md 2."""
    async with a_store() as store:
        account = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        models = frozenset({"gemini-3-pro", "claude"})

        after = await store.accounts.set_discovery(account.id, project="p-2", tier="pro", models=models)

        assert after is not None
        assert (after.project, after.tier, after.models, after.version) == ("p-2", "pro", models, 0)


async def test_changes_of_an_account_that_is_gone_answer_with_nothing() -> None:
    """app/pool/book.py."""
    async with a_store() as store:
        book = as_book(store.accounts)

        assert await book.find(NOBODY) is None
        assert await book.set_enabled(NOBODY, enabled=True) is None
        assert await book.set_state(NOBODY, AccountState.READY) is None
        assert await book.set_discovery(NOBODY, project=None, tier=None, models=None) is None
        assert not await book.remove(NOBODY)


async def test_a_removed_account_is_gone() -> None:
    async with a_store() as store:
        account = await store.accounts.add(email="anna@example.test", refresh_token="1//a")

        assert await store.accounts.remove(account.id)
        assert await store.accounts.all() == ()


async def test_no_token_stands_in_the_files_of_the_database(tmp_path: Path) -> None:
    """threats.md S13: search database and WAL."""
    async with a_store(tmp_path) as store:
        await store.accounts.add(email="anna@example.test", refresh_token="1//a-very-secret-token")
        while_open = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file())

    assert b"a-very-secret-token" not in while_open
    assert b"a-very-secret-token" not in (tmp_path / "database.sqlite").read_bytes()


async def test_a_token_that_does_not_open_makes_its_account_need_a_sign_in_and_no_other(
    tmp_path: Path,
) -> None:
    """threats.md S13, S40."""
    async with a_store(tmp_path) as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        await store.accounts.add(email="ben@example.test", refresh_token="1//b")
        await run_query(
            store.database, lambda client: AccountRow.filter(id=anna.id).update(refresh_token="v1.0.AAAA")
        )

        broken, fine = await store.accounts.all()

    assert (broken.state, broken.refresh_token) == (AccountState.NEEDS_SIGN_IN, "")
    assert "ENCRYPTION_KEY" in broken.state_reason
    assert (fine.state, fine.refresh_token) == (AccountState.READY, "1//b")


async def test_a_state_of_a_newer_version_is_one_that_needs_a_look() -> None:
    """faults.md F134."""
    async with a_store() as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        await run_query(
            store.database, lambda client: AccountRow.filter(id=anna.id).update(state="levitating")
        )

        assert (await store.accounts.all())[0].state is AccountState.PROJECT_ERROR


async def test_a_start_with_a_new_key_seals_everything_again(tmp_path: Path) -> None:
    """amendments.md 1: rotation."""
    async with a_store(tmp_path) as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        key = await store.keys.create("k")

    async with a_store(tmp_path, seal=a_seal("a newer key", SEALING_KEY)):
        pass

    async with a_store(tmp_path, seal=a_seal("a newer key")) as store:
        assert (await store.accounts.find(anna.id)) == anna
        assert await store.keys.find_digest(store.keys.digest(key.secret)) == key.record


async def test_only_a_real_change_makes_others_read_again() -> None:
    """The quota of an account is asked about often; mostly nothing of what is stored changes."""
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        book = store.accounts
        account = await book.add(email="anna@example.test", refresh_token="1//anna")
        models = frozenset({"m1"})
        await book.set_discovery(account.id, project="p-1", tier="pro", models=models)
        before = await book.version()

        clock.advance(1)
        await book.set_discovery(account.id, project="p-1", tier="pro", models=models)
        assert await book.version() == before

        await book.set_discovery(account.id, project="p-1", tier="ultra", models=models)
        assert await book.version() != before
        await book.remove(account.id)
        assert await book.version() == (0, 0.0)


async def test_many_are_added_together_or_not_at_all() -> None:
    async with a_store() as store:
        known = await store.accounts.add(email="anna@example.test", refresh_token="1//old", project="p-1")
        packed = [
            PackedAccount(email="Anna@example.test", refresh_token=" 1//new "),
            PackedAccount(email="ben@example.test", refresh_token="1//ben", enabled=False),
        ]

        anna, ben = await store.accounts.add_all(packed)
        assert (anna.id, anna.refresh_token, anna.project) == (known.id, "1//new", "p-1")
        assert not ben.enabled

        with pytest.raises(Exception, match="email"):
            await store.accounts.add_all(
                [PackedAccount(email="cleo@example.test", refresh_token="1//c"), _BAD]
            )
        assert len(await store.accounts.all()) == 2


_BAD = PackedAccount(email="x" * 400, refresh_token="1//x")


async def test_what_the_operator_says_of_an_account_is_kept_beside_its_token() -> None:
    """admin-ui.md 2.3, account detail: note and limit; a nonsense limit by hand leaves the row out."""
    async with a_store() as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        told = await store.accounts.set_own(anna.id, note="Anna's own", concurrent=3)
        await store.accounts.add(email="anna@example.test", refresh_token="1//b")

        assert told is not None
        found = await store.accounts.find(anna.id)
        assert found is not None
        assert (found.note, found.concurrent, found.refresh_token) == ("Anna's own", 3, "1//b")
        assert found.added_at > 0
        assert await store.accounts.set_own(NOBODY, note="", concurrent=None) is None
