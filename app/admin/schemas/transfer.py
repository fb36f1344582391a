"""Accounts in a file, as the admin API takes and gives them. Never: a token, except in an export."""

from typing import Annotated

import msgspec
from msgspec import Struct

from app.admin.schemas.accounts import AccountFilter, Ids
from app.admin.schemas.base import Body
from app.gateway.transfer import Arrival
from app.store.parcel import SHORTEST_PASSPHRASE, Broken

_Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Passphrase = Annotated[str, msgspec.Meta(min_length=SHORTEST_PASSPHRASE, max_length=1024)]


class ExportBody(Body, frozen=True, kw_only=True):
    """The administrator's password once more, and a passphrase to seal the file with; null leaves it open.

    `ids` or `filter` narrow down which accounts.
    """

    password: _Secret
    passphrase: Passphrase | None
    ids: Ids | None = None
    filter: AccountFilter | None = None


class ImportBody(Body, frozen=True, kw_only=True):
    """A file's content. With `dry_run` nothing is changed; with `skip_broken` what can be read is taken."""

    content: Annotated[str, msgspec.Meta(min_length=1)]
    passphrase: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    dry_run: bool = True
    skip_broken: bool = False


class ImportView(Struct, frozen=True, kw_only=True):
    """What an import means, or has meant."""

    dry_run: bool
    accounts: list[Arrival]
    broken: list[Broken]

    def count(self, effect: str) -> int:
        """How many accounts it means that for."""
        return sum(one.effect == effect for one in self.accounts)
