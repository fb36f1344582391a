"""Secrets at rest: AES-256-GCM, bound to the row they stand in, with keys that can be rotated.

A sealed value is `v1.<key id>.<nonce and ciphertext>`. The place (table:row:column) is associated data, so a
value that is copied into another row does not open. The first key writes, all of them read.
Never: keeps an opened value, or names one in an error.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.store.errors import SealBroken

_VERSION = "v1"
_NONCE_BYTES = 12


def place(table: str, row: str, column: str) -> str:
    """Where a sealed value stands."""
    return f"{table}:{row}:{column}"


class Seal:
    """Seals and opens with the operator's keys, the current one first. Keys are texts of any form."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("A seal needs at least one key")
        derived = [_derive(key) for key in keys]
        self._ciphers = {_key_id(key): AESGCM(key) for key in derived}
        self._current = _key_id(derived[0])

    def seal(self, text: str, where: str) -> str:
        """`text`, readable only with this key and only at `where`."""
        hidden = base64.urlsafe_b64encode(self._hidden(text.encode(), where)).decode()
        return f"{_VERSION}.{self._current}.{hidden}"

    def open(self, sealed: str, where: str) -> str:
        """The text that was sealed at `where`. Raises SealBroken."""
        key_id, hidden = _split(sealed)
        return self._opened(key_id, hidden, where).decode()

    def seal_bytes(self, data: bytes, where: str) -> bytes:
        """The same for bytes: eight characters of key id, nonce and ciphertext."""
        return self._current.encode() + self._hidden(data, where)

    def open_bytes(self, sealed: bytes, where: str) -> bytes:
        """The bytes that were sealed at `where`. Raises SealBroken."""
        return self._opened(sealed[:8].decode("ascii", "replace"), sealed[8:], where)

    def is_current(self, sealed: str) -> bool:
        """Whether the value was sealed with the key that writes now."""
        return sealed.startswith(f"{_VERSION}.{self._current}.")

    def _hidden(self, data: bytes, where: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self._current].encrypt(nonce, data, _bound(self._current, where))

    def _opened(self, key_id: str, hidden: bytes, where: str) -> bytes:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"{where} is sealed with a key that ENCRYPTION_KEY does not hold.")
        try:
            return cipher.decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], _bound(key_id, where))
        except (InvalidTag, ValueError) as exc:
            raise SealBroken(f"{where} does not open: it is damaged or was moved there.") from exc


def _derive(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"antigravity-proxy seal v1").derive(
        key.encode()
    )


def _key_id(derived: bytes) -> str:
    return hashlib.sha256(b"key id" + derived).hexdigest()[:8]


def _bound(key_id: str, where: str) -> bytes:
    return f"{_VERSION}:{key_id}:{where}".encode()


def _split(sealed: str) -> tuple[str, bytes]:
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    try:
        hidden = base64.b64decode(body, altchars=b"-_", validate=True)
    except binascii.Error as exc:
        raise SealBroken("A sealed value is damaged.") from exc
    if version != _VERSION or len(hidden) <= _NONCE_BYTES:
        raise SealBroken("A sealed value is damaged or of an unknown version.")
    return key_id, hidden
