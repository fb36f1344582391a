"""Accounts in a file that travels."""

import msgspec
import pytest

from app.store.errors import SealBroken, StoreError
from app.store.parcel import LARGEST_BYTES, PackedAccount, is_sealed, pack, sorted_out, unpack

ACCOUNTS = (
    PackedAccount(email="anna@example.test", refresh_token="1//anna"),
    PackedAccount(email="ben@example.test", refresh_token="1//ben", project="p-1", enabled=False),
)


def test_a_sealed_file_opens_with_its_passphrase_alone() -> None:
    """threats.md S13."""
    content = pack(ACCOUNTS, "a long passphrase")

    assert is_sealed(content)
    assert b"anna" not in content
    assert unpack(content, "a long passphrase") == ACCOUNTS
    with pytest.raises(SealBroken, match="passphrase is wrong"):
        unpack(content, "another passphrase")
    with pytest.raises(SealBroken, match="is needed"):
        unpack(content, None)


def test_a_plain_file_needs_no_passphrase() -> None:
    content = pack(ACCOUNTS, None)

    assert not is_sealed(content)
    assert unpack(content, None) == ACCOUNTS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format":"something else","version":1}',
        b'{"format":"antigravity-proxy accounts","version":2}',
        b'{"format":"antigravity-proxy accounts","version":1,"accounts":[{"email":1}]}',
        b'{"format":"antigravity-proxy accounts","version":1,"sealed":{"kdf":"scrypt-30-8-1","data":""}}',
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    """threats.md S34: imports validate the schema."""
    with pytest.raises(StoreError, match="does not hold accounts"):
        unpack(content, "a long passphrase")


def test_a_file_over_the_limit_is_not_even_read() -> None:
    """threats.md S34."""
    with pytest.raises(StoreError, match="too large"):
        is_sealed(b" " * (LARGEST_BYTES + 1))


def test_damage_inside_the_seal_is_noticed() -> None:
    content = msgspec.json.decode(pack(ACCOUNTS, "a long passphrase"))
    content["sealed"]["data"] = content["sealed"]["data"][:-8] + "AAAAAAAA"

    with pytest.raises(SealBroken):
        unpack(msgspec.json.encode(content), "a long passphrase")


def test_the_text_form_shows_no_token() -> None:
    """threats.md S14."""
    assert "1//anna" not in repr(ACCOUNTS)


def test_what_is_sealed_is_checked_like_anything_else() -> None:
    """threats.md S34: a passphrase says who packed a file, not that it is in order."""
    nonsense = PackedAccount(email=1, refresh_token="1//anna")  # type: ignore[arg-type]  # nonsense on purpose

    with pytest.raises(StoreError, match="no accounts"):
        unpack(pack([nonsense], "a long passphrase"), "a long passphrase")


def test_what_is_broken_in_a_list_is_told_by_entry_and_line_and_the_rest_is_good() -> None:
    """admin-ui.md 2.4: an import is looked at first."""
    content = b"""[
  {"email": "anna@example.test", "refresh_token": "1//a"},
  {"email": "ben",
   "refresh_token": "1//b"},
  {"email": "ANNA@example.test", "refresh_token": "1//c"}, {"email": "carla@example.test",
  "refresh_token": " "}, 7
]"""

    found = sorted_out(content, None)

    assert [one.email for one in found.accounts] == ["anna@example.test"]
    assert [(one.number, one.line) for one in found.broken] == [(2, 3), (3, 5), (4, 5), (5, 6)]
    assert "twice" in found.broken[1].reason


def test_a_sealed_file_is_sorted_out_behind_its_seal() -> None:
    """threats.md S34."""
    sealed = pack([*ACCOUNTS, PackedAccount(email="nobody", refresh_token="1//x")], "a long passphrase")

    found = sorted_out(sealed, "a long passphrase")

    assert found.accounts == ACCOUNTS
    assert [(one.number, one.line) for one in found.broken] == [(3, None)]
    with pytest.raises(SealBroken):
        sorted_out(sealed, "another passphrase")
    for nonsense in (b"[]", b"[1", b"{}", b""):
        with pytest.raises(StoreError):
            sorted_out(nonsense, None)
