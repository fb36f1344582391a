"""Secrets at rest."""

import pytest

from app.store.errors import SealBroken
from app.store.seal import Seal, place
from tests.support.store import SEALING_KEY, a_seal

HERE = place("accounts", "acc_a", "refresh_token")


def test_what_is_sealed_opens_at_its_place() -> None:
    """ecosystem.md 1, secrets at rest."""
    seal = a_seal()

    assert seal.open(seal.seal("1//a-token", HERE), HERE) == "1//a-token"


def test_a_sealed_value_shows_nothing_and_is_never_the_same_twice() -> None:
    """threats.md S13: random nonce."""
    seal = a_seal()

    first, second = seal.seal("1//a-token", HERE), seal.seal("1//a-token", HERE)

    assert first != second
    assert "a-token" not in first


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("accounts", "acc_b", "refresh_token"),
        place("accounts", "acc_a", "email"),
        place("vault", "acc_a", "refresh_token"),
    ],
)
def test_a_value_that_is_moved_does_not_open(elsewhere: str) -> None:
    """threats.md S13: the row is bound as associated data."""
    seal = a_seal()

    with pytest.raises(SealBroken, match="moved"):
        seal.open(seal.seal("1//a-token", HERE), elsewhere)


def test_a_new_key_writes_while_the_old_one_goes_on_reading() -> None:
    """amendments.md 1: several values rotate."""
    old = a_seal().seal("1//a-token", HERE)
    rotated = Seal(("a newer key", SEALING_KEY))

    assert rotated.open(old, HERE) == "1//a-token"
    assert not rotated.is_current(old)
    assert rotated.is_current(rotated.seal("1//a-token", HERE))


def test_a_key_that_was_taken_away_opens_nothing_and_is_named() -> None:
    """amendments.md 1."""
    sealed = a_seal().seal("1//a-token", HERE)

    with pytest.raises(SealBroken, match="ENCRYPTION_KEY does not hold"):
        Seal(("another key",)).open(sealed, HERE)


@pytest.mark.parametrize(
    "damaged", ["", "plain text", "v1.", "v1.00000000.####", "v2.00000000.AAAA", "v1.x.AAAA"]
)
def test_what_is_no_sealed_value_is_refused(damaged: str) -> None:
    """threats.md S40: the database may be poisoned."""
    with pytest.raises(SealBroken):
        a_seal().open(damaged, HERE)


def test_every_changed_byte_is_noticed() -> None:
    """ecosystem.md 1."""
    seal = a_seal()
    sealed = seal.seal_bytes(b"a thought", HERE)

    for position in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[position] ^= 1
        with pytest.raises(SealBroken):
            seal.open_bytes(bytes(flipped), HERE)


def test_a_seal_without_keys_is_a_mistake() -> None:
    """amendments.md 2: there is no unsealed mode."""
    with pytest.raises(ValueError, match="at least one key"):
        Seal(())
