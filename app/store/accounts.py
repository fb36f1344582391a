"""The stored accounts: implements app.pool.book.AccountBook.

Refresh tokens are sealed on the way in and opened on the way out; a token that does not open makes its
account one that needs a sign-in, and leaves the others alone. What a row holds is looked at when it is read:
somebody may have written it by hand.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.clock import Clock
from app.ids import AccountId, random_token
from app.known_pages import is_known_page
from app.plain import is_email
from app.pool.model import Account, AccountState
from app.store.errors import SealBroken
from app.store.models import AccountRow
from app.store.parcel import PackedAccount
from app.store.rows import Line, fitting, read_row, read_rows
from app.store.seal import Seal, place
from app.store.tx import Database, run_in_tx, run_query

log = structlog.get_logger(__name__)


class _Columns(Struct, frozen=True):
    """What a row must hold."""

    id: Line
    email: Line
    refresh_token: str
    project: str | None
    tier: str | None
    enabled: bool
    state: str
    state_reason: str
    state_link: str | None
    models: str | None
    version: int
    note: str
    concurrent: Annotated[int, msgspec.Meta(ge=1)] | None
    created_at: float


class StoredAccounts:
    """Reads and changes accounts; see the protocol for what each method promises."""

    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    async def all(self) -> tuple[Account, ...]:
        """Every account, oldest first."""

        async def work(client: BaseDBAsyncClient) -> list[AccountRow]:
            return await AccountRow.all().order_by("created_at", "id")

        return read_rows(await run_query(self._database, work), self._account)

    async def version(self) -> tuple[int, float]:
        """Another value whenever any account has changed: how many there are, and when the last changed."""

        async def work(client: BaseDBAsyncClient) -> tuple[int, float]:
            last = await AccountRow.all().order_by("-updated_at").first()
            return await AccountRow.all().count(), last.updated_at if last is not None else 0.0

        return await run_query(self._database, work)

    async def find(self, account: AccountId) -> Account | None:
        """One account, freshly read."""

        async def work(client: BaseDBAsyncClient) -> AccountRow | None:
            return await AccountRow.get_or_none(id=account)

        return self._account_or_none(await run_query(self._database, work))

    async def add(self, *, email: str, refresh_token: str, project: str | None = None) -> Account:
        """A new account, enabled. A known e-mail keeps its account, with the new token and a clean state."""

        async def work(client: BaseDBAsyncClient) -> AccountRow:
            return await self._added(email, refresh_token, project, enabled=True)

        return self._account(await run_in_tx(self._database, work))

    async def add_all(self, accounts: Sequence[PackedAccount]) -> tuple[Account, ...]:
        """Add all of these as `add` does, or none of them."""

        async def work(client: BaseDBAsyncClient) -> list[AccountRow]:
            return [
                await self._added(one.email, one.refresh_token.strip(), one.project, enabled=one.enabled)
                for one in accounts
            ]

        return tuple(map(self._account, await run_in_tx(self._database, work)))

    async def remove(self, account: AccountId) -> bool:
        """Forget an account. False when there was none."""

        async def work(client: BaseDBAsyncClient) -> int:
            return await AccountRow.filter(id=account).delete()

        return bool(await run_in_tx(self._database, work))

    async def set_enabled(self, account: AccountId, *, enabled: bool) -> Account | None:
        """The operator's switch."""
        return await self._set(account, enabled=enabled)

    async def set_own(self, account: AccountId, *, note: str, concurrent: int | None) -> Account | None:
        """What the operator says of it: a note, and a cap of its own."""
        return await self._set(account, note=note, concurrent=concurrent)

    async def set_state(
        self, account: AccountId, state: AccountState, *, reason: str = "", link: str | None = None
    ) -> Account | None:
        """What the upstream or its absence says about the account. Leaves `version` alone."""
        return await self._set(account, state=state.value, state_reason=reason, state_link=link)

    async def set_discovery(
        self, account: AccountId, *, project: str | None, tier: str | None, models: frozenset[str] | None
    ) -> Account | None:
        """What discovery found."""
        listed = None if models is None else msgspec.json.encode(sorted(models)).decode()
        return await self._set(account, project=project, tier=tier, models=listed)

    async def set_refresh_token(
        self, account: AccountId, refresh_token: str, *, version: int
    ) -> Account | None:
        """Store a rotated token, if the stored one still has `version`, which then goes up by one."""
        sealed = self._sealed(account, refresh_token)
        return await self._set(account, only_version=version, refresh_token=sealed, version=version + 1)

    async def reseal(self) -> int:
        """Write tokens again that an older key sealed; gives how many. Those that do not open stay."""

        async def work(client: BaseDBAsyncClient) -> int:
            changed = 0
            for row in await AccountRow.all():
                token = None if self._seal.is_current(row.refresh_token) else self._opened(row)
                if token is not None:
                    row.refresh_token = self._sealed(AccountId(row.id), token)
                    await row.save(update_fields=["refresh_token"])
                    changed += 1
            return changed

        return await run_in_tx(self._database, work)

    async def _added(
        self, email: str, refresh_token: str, project: str | None, *, enabled: bool
    ) -> AccountRow:
        """Inside a transaction. Raises ValueError for an address that cannot be read back."""
        if not is_email(_normal(email)):
            raise ValueError("As an email address that cannot be used.")
        now = self._clock.now()
        row = await AccountRow.get_or_none(email=_normal(email))
        is_new = row is None
        if row is None:
            fresh = "acc_" + random_token(16)
            row = AccountRow(id=fresh, email=_normal(email), created_at=now, version=0)
        row.refresh_token = self._sealed(AccountId(row.id), refresh_token)
        row.project = project or row.project
        row.enabled, row.state, row.state_reason, row.state_link = enabled, AccountState.READY, "", None
        row.version += 0 if is_new else 1
        row.updated_at = now
        await row.save(force_create=is_new)
        return row

    async def _set(
        self, account: AccountId, *, only_version: int | None = None, **values: Any
    ) -> Account | None:
        async def work(client: BaseDBAsyncClient) -> AccountRow | None:
            rows = AccountRow.filter(id=account)
            if only_version is not None:
                rows = rows.filter(version=only_version)
            row = await rows.first()
            # What is as it was is left alone, so that others need not read it again.
            if row is None or all(getattr(row, name) == value for name, value in values.items()):
                return row
            # Where somebody else was faster meanwhile, the version is not the one asked for any more.
            if not await rows.update(**values, updated_at=self._clock.now()):
                return None
            return await AccountRow.get_or_none(id=account)

        return self._account_or_none(await run_in_tx(self._database, work))

    def _account_or_none(self, row: AccountRow | None) -> Account | None:
        return read_row(row, self._account)

    def _account(self, row: AccountRow) -> Account:
        """Raises ValidationError, DecodeError or ValueError for a row that is none of ours."""
        columns = fitting(row, _Columns)
        if not is_email(columns.email):
            raise ValueError("Its address cannot be one.")
        token = self._opened(row)
        state, reason = _state(row.state), row.state_reason
        if token is None:
            state, reason = AccountState.NEEDS_SIGN_IN, "Its stored token does not open with ENCRYPTION_KEY."
        return Account(
            id=AccountId(columns.id),
            email=columns.email,
            refresh_token=token or "",
            project=_plain(columns.project),
            tier=_plain(columns.tier),
            enabled=columns.enabled,
            state=state,
            state_reason=reason,
            state_link=_link(columns),
            models=None if row.models is None else msgspec.json.decode(row.models, type=frozenset[str]),
            version=columns.version,
            note=columns.note,
            concurrent=columns.concurrent,
            added_at=columns.created_at,
        )

    def _sealed(self, account: AccountId, refresh_token: str) -> str:
        return self._seal.seal(refresh_token, place("accounts", account, "refresh_token"))

    def _opened(self, row: AccountRow) -> str | None:
        try:
            return self._seal.open(row.refresh_token, place("accounts", row.id, "refresh_token"))
        except SealBroken as exc:
            log.error("an account's token does not open", account=row.id, why=str(exc))
            return None


def _plain(text: str | None) -> str | None:
    """The text, if it is plain; what is not can be asked for again."""
    return text if text is not None and text.isprintable() else None


def _link(columns: _Columns) -> str | None:
    """An operator will open it, so where it leads is looked at again."""
    link = columns.state_link
    if link is None or is_known_page(link):
        return link
    log.warning("an account's link leads nowhere known and is left out", account=columns.id)
    return None


def _normal(email: str) -> str:
    return email.strip().lower()


def _state(stored: str) -> AccountState:
    """A state that a newer version wrote is one that needs a look."""
    try:
        return AccountState(stored)
    except ValueError:
        return AccountState.PROJECT_ERROR
