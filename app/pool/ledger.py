"""The shared state of the pool, as a protocol: the only thing that differs between one process and many.

Nothing in it decides who gets what beyond first come, first served: that is policy.
"""

from collections.abc import Iterable
from typing import Protocol

from app.ids import AccountId, LeaseId
from app.pool.explanation import Explanation
from app.pool.memo import PoolMemo
from app.pool.model import (
    Account,
    Bucket,
    CoolingStatus,
    Grant,
    Outcome,
    PoolLimits,
    PoolView,
    Wait,
    Want,
    Window,
)
from app.pool.passed import PassedOver


class Ledger(Protocol):
    """Who has what. Verbs without `async` never wait, so that they can stand in a `finally`."""

    async def lease(self, want: Want) -> Grant | Wait:
        """Take the best lane, after standing in line for one if need be.

        A Wait says why there is none within the deadline. Cancelled, it leaves nothing taken behind.
        """
        ...

    def report(self, lease: LeaseId, outcome: Outcome) -> None:
        """Draw the consequences of an attempt, while its lease is still held. An unknown lease is ignored."""
        ...

    def release(self, lease: LeaseId) -> None:
        """Give a lane back and wake whom it helps. An unknown lease, or one given back, changes nothing."""
        ...

    def put(self, account: Account, *, pending: bool = False) -> None:
        """Take over an account as it is stored now. `pending`: it cannot serve yet, but soon may."""
        ...

    def drop(self, account: AccountId) -> None:
        """Forget an account; what it has in flight runs on."""
        ...

    def rest(self, account: AccountId, seconds: float, why: str) -> None:
        """Set a whole account aside for something that is not the upstream's verdict."""
        ...

    def forgive(self, account: AccountId, what: str = "") -> None:
        """Let everything rest no longer that time would mend; or only `what`, as `cooling` names it."""
        ...

    def tell(self, account: AccountId, windows: tuple[Window, ...]) -> None:
        """Note what the upstream last told about quota. Advice: it never sets anything aside."""
        ...

    def limit(self, limits: PoolLimits) -> None:
        """Use other caps from now on. What is lent beyond them runs on."""
        ...

    def after_sleep(self, seconds: float) -> None:
        """The machine slept for so long, and the clock did not count it: what rests has rested on."""
        ...

    def memo(self) -> PoolMemo:
        """What should outlive this process."""
        ...

    def recall(self, memo: PoolMemo) -> None:
        """Know again what an earlier process knew, of accounts that were put before."""
        ...

    def accounts(self) -> Iterable[Account]:
        """Every account, oldest first."""
        ...

    def find(self, account: AccountId) -> Account | None:
        """One account as it was last put, None when it is unknown or was dropped."""
        ...

    def in_flight(self, account: AccountId) -> int:
        """How many leases an account has out."""
        ...

    def cooling(self, account: AccountId | None) -> tuple[CoolingStatus, ...]:
        """What of an account rests, or with None the models that rest on all of them."""
        ...

    def windows(self, account: AccountId) -> tuple[Window, ...]:
        """What was last told about its quota."""
        ...

    def view(self, want: Want) -> PoolView:
        """Everything that a choice for this want is made from."""
        ...

    def explain(self, want: Want) -> Explanation:
        """What `view` means for this want, in words for people."""
        ...

    def passed_over(self, taken: AccountId, want: Want) -> tuple[PassedOver, ...]:
        """Who could not be taken beside `taken`, as facts; none when `taken` is not one of these accounts."""
        ...

    def waiting(self) -> dict[Bucket, int]:
        """How many stand in line, for buckets where somebody does."""
        ...

    async def aclose(self) -> None:
        """End every wait; callers in line are told that it is busy."""
        ...
