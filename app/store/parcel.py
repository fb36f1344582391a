"""Accounts in a file that travels: sealed with a passphrase, or plain where the operator insists.

A plain file is a JSON array of `{email, refresh_token, project_id?, enabled?}`, as other programs write it.

Never: touches the disk or the database. What is read is data only, and bounded.
"""

import base64
import binascii
import os
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from app.plain import is_email, shown
from app.store.errors import SealBroken, StoreError

LARGEST_BYTES = 16 * 1024 * 1024
SHORTEST_PASSPHRASE = 10
_FORMAT: Final = "antigravity-proxy accounts"
_COST, _BLOCK, _LANES = 2**15, 8, 3
_NONCE_BYTES = 12


class PackedAccount(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"project": "project_id"}):
    """What is needed to take an account elsewhere."""

    email: str
    refresh_token: str
    project: str | None = None
    enabled: bool = True

    def __repr__(self) -> str:
        return f"PackedAccount({self.email!r}, ***)"


class _Sealed(Struct, frozen=True):
    kdf: Literal["scrypt-15-8-3"]
    salt: str
    data: str


class _Parcel(Struct, frozen=True):
    format: Literal["antigravity-proxy accounts"]
    version: Literal[1]
    sealed: _Sealed


def pack(accounts: Sequence[PackedAccount], passphrase: str | None) -> bytes:
    """A file's content. Without a passphrase everybody who has the file has the accounts."""
    if passphrase is None:
        return _written(tuple(accounts))
    salt, nonce = os.urandom(16), os.urandom(_NONCE_BYTES)
    hidden = AESGCM(_key(passphrase, salt)).encrypt(
        nonce, msgspec.json.encode(tuple(accounts)), _FORMAT.encode()
    )
    sealed = _Sealed(
        kdf="scrypt-15-8-3",
        salt=base64.b64encode(salt).decode(),
        data=base64.b64encode(nonce + hidden).decode(),
    )
    return _written(_Parcel(_FORMAT, 1, sealed=sealed))


def is_sealed(content: bytes) -> bool:
    """Whether a passphrase is needed. Raises StoreError when it is no such file."""
    return isinstance(_read(content), _Parcel)


def unpack(content: bytes, passphrase: str | None) -> tuple[PackedAccount, ...]:
    """The accounts in a file's content. Raises StoreError; SealBroken for a wrong passphrase."""
    parcel = _read(content)
    if not isinstance(parcel, _Parcel):
        return parcel
    if passphrase is None:
        raise SealBroken("The file is sealed; its passphrase is needed.")
    try:
        salt = base64.b64decode(parcel.sealed.salt, validate=True)
        hidden = base64.b64decode(parcel.sealed.data, validate=True)
        cipher = AESGCM(_key(passphrase, salt))
        opened = cipher.decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], _FORMAT.encode())
    except (InvalidTag, ValueError, binascii.Error) as exc:
        raise SealBroken("The passphrase is wrong, or the file is damaged.") from exc
    try:
        return msgspec.json.decode(opened, type=tuple[PackedAccount, ...])
    except msgspec.DecodeError as exc:
        raise StoreError("What is sealed in the file are no accounts.") from exc


def problems_of(accounts: Sequence[PackedAccount]) -> list[str]:
    """What keeps these from being imported, one sentence each, with the place in the file counted from 1."""
    times = Counter(account.email.strip().lower() for account in accounts)
    found = [f"{shown(email)} is there {count} times." for email, count in times.items() if count > 1]
    for number, account in enumerate(accounts, 1):
        if not is_email(account.email.strip()):
            found.append(f"Account {number} has no address that could be one.")
        if not account.refresh_token.strip():
            found.append(f"Account {number} has no refresh token.")
    return found


class Broken(Struct, frozen=True):
    """An entry that is no account. Entry and line are counted from 1; what is sealed has no lines."""

    number: int
    line: int | None
    reason: str


class SortedOut(Struct, frozen=True):
    """What a file holds: accounts, and what is wrong with the rest."""

    accounts: tuple[PackedAccount, ...]
    broken: tuple[Broken, ...] = ()


def sorted_out(content: bytes, passphrase: str | None) -> SortedOut:
    """The accounts of a file in which some may be broken. Raises StoreError as `unpack` does."""
    if len(content) <= LARGEST_BYTES and content.lstrip()[:1] == b"[":
        entries = _entries(content)
    else:
        entries = [(None, msgspec.json.encode(one)) for one in unpack(content, passphrase)]
    good: dict[str, PackedAccount] = {}
    broken: list[Broken] = []
    for number, (line, entry) in enumerate(entries, 1):
        account, reason = _account(entry)
        if account is not None and account.email.strip().lower() in good:
            reason = f"{shown(account.email)} is there twice."
        if account is None or reason:
            broken.append(Broken(number, line, reason))
        else:
            good[account.email.strip().lower()] = account
    return SortedOut(tuple(good.values()), tuple(broken))


def _entries(content: bytes) -> list[tuple[int | None, bytes]]:
    """Each entry of a list with the line on which it begins."""
    try:
        raws = msgspec.json.decode(content, type=list[msgspec.Raw])
    except msgspec.DecodeError as exc:
        raise StoreError(f"The file is no JSON: {exc}.") from exc
    entries: list[tuple[int | None, bytes]] = []
    at, line = 0, 1
    for raw in raws:
        entry = bytes(raw)
        begins = content.find(entry, at)
        line += content.count(b"\n", at, begins)
        entries.append((line, entry))
        line += entry.count(b"\n")
        at = begins + len(entry)
    if not entries:
        raise StoreError("The file does not hold accounts: the list is empty.")
    return entries


def _account(entry: bytes) -> tuple[PackedAccount | None, str]:
    """An entry as an account, or why it is none."""
    try:
        account = msgspec.json.decode(entry, type=PackedAccount)
    except msgspec.DecodeError as exc:
        return None, f"{exc}."
    if not is_email(account.email.strip()):
        return None, "It has no address that could be one."
    return (account, "") if account.refresh_token.strip() else (None, "It has no refresh token.")


def _read(content: bytes) -> _Parcel | tuple[PackedAccount, ...]:
    if len(content) > LARGEST_BYTES:
        raise StoreError("The file is too large to hold accounts.")
    try:
        read = msgspec.json.decode(content, type=_Parcel | tuple[PackedAccount, ...])
    except msgspec.DecodeError as exc:
        raise StoreError(
            "The file does not hold accounts: neither a sealed export nor a list of "
            f"{{email, refresh_token}}. {exc}."
        ) from exc
    if not isinstance(read, _Parcel) and not read:
        raise StoreError("The file does not hold accounts: the list is empty.")
    return read


def _written(parcel: _Parcel | tuple[PackedAccount, ...]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(parcel), indent=2) + b"\n"


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_LANES).derive(passphrase.encode())
