"""How records stand in a journal file, so that damage costs no more than the records it hits.

A record is: the byte 0x1E, eight hex digits of its length, eight of its CRC-32, its JSON, a newline. JSON
never holds 0x1E, so after damage reading goes on at the next one. Pure.
"""

import binascii
import zlib

from msgspec import Struct

_MARK = b"\x1e"
_HEAD_BYTES = 17


class Damage(Struct, frozen=True):
    """A run of bytes, from `start` up to `end`, that is no record."""

    start: int
    end: int


class Contents(Struct, frozen=True):
    """What a file holds, in order."""

    records: tuple[bytes, ...]
    damages: tuple[Damage, ...]


def record(payload: bytes) -> bytes:
    """One record with a JSON payload."""
    return b"%b%08x%08x%b\n" % (_MARK, len(payload), zlib.crc32(payload), payload)


def count(data: bytes) -> int:
    """About how many records there are; exact where nothing is damaged."""
    return data.count(_MARK)


def read(data: bytes) -> Contents:
    """Every whole record, and where there is something else."""
    records: list[bytes] = []
    damages: list[Damage] = []
    position = 0
    while position < len(data):
        payload = _payload(data, position)
        if payload is None:
            resume = data.find(_MARK, position + 1)
            end = len(data) if resume < 0 else resume
            damages.append(Damage(position, end))
            position = end
            continue
        records.append(payload)
        position += _HEAD_BYTES + len(payload)
        # The newline only serves human eyes: whatever stands there, the record is whole.
        if data[position : position + 1] != _MARK:
            position += 1
    return Contents(tuple(records), tuple(damages))


def _payload(data: bytes, position: int) -> bytes | None:
    """The payload of a whole record that begins at `position`."""
    head = data[position : position + _HEAD_BYTES]
    if len(head) < _HEAD_BYTES or not head.startswith(_MARK):
        return None
    try:
        length, checksum = (int.from_bytes(binascii.unhexlify(part)) for part in (head[1:9], head[9:17]))
    except binascii.Error:
        return None
    payload = data[position + _HEAD_BYTES : position + _HEAD_BYTES + length]
    is_whole = len(payload) == length and zlib.crc32(payload) == checksum
    return payload if is_whole else None
