"""Tries as their account sees them."""

from app.ids import AccountId
from app.store.records import AttemptRecord
from tests.support.store import A_START, a_flow, a_store

ANNA, BEN = AccountId("acc_a"), AccountId("acc_b")


async def test_an_account_is_told_of_its_own_tries_newest_first_whoever_served_in_the_end() -> None:
    """admin-ui.md 2.3, account detail: attempts of the last 24 h."""
    failed = AttemptRecord(number=1, account=ANNA, started_at=A_START, code="upstream_timeout", kind="idle")
    async with a_store() as store:
        for number in range(3):
            served = AttemptRecord(number=2, account=BEN, started_at=A_START + number)
            store.books.finished(
                a_flow(number, account=BEN, started_at=A_START + number, attempts=(failed, served))
            )
        await store.writer.flush()

        theirs = await store.attempts.of(BEN, A_START, limit=2)
        assert [(one.flow, one.number, one.code) for one in theirs] == [("req_2", 2, ""), ("req_1", 2, "")]
        assert await store.attempts.counted(ANNA, A_START) == (3, 3)
        assert await store.attempts.counted(BEN, A_START + 1) == (2, 0)
        assert await store.attempts.of(AccountId("acc_nobody"), 0.0) == ()
