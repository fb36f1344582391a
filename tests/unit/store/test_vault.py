"""Secrets of the gateway itself."""

from pathlib import Path

import pytest

from app.store import vault
from app.store.errors import SealBroken
from tests.support.store import a_seal, a_store


async def test_a_secret_of_the_vault_is_made_once_and_needs_the_key(tmp_path: Path) -> None:
    """amendments.md 2: a pepper for request keys."""
    async with a_store(tmp_path) as store:
        first = await vault.secret(store.database, a_seal(), "a secret")
        again = await vault.secret(store.database, a_seal(), "a secret")
        with pytest.raises(SealBroken):
            await vault.secret(store.database, a_seal("another key"), "a secret")

    assert first == again
    assert len(first) == 32
