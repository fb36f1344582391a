"""Files inside JSON: data URLs, base64, and what the first bytes of a file say about it.

Pure and cheap: only headers are read, nothing is ever decoded to pixels. Source: openai.md 5.3 (image
sources), anthropic.md 5.1, RFC 2397.
Never: I/O, or an opinion about which formats a model takes.
"""

import base64
import binascii
import struct
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FROM_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_BLANKS: Final = b" \t\r\n\v\f"
_PADDINGS: Final = (b"", b"=", b"==")

_SAME: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "application/x-pdf": "application/pdf",
}
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_HEIF_BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}

_EXIF: Final = b"Exif\x00\x00"
_ORIENTATION_TAG: Final = 0x0112
_NO_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN: Final = 0xDA
_APP1: Final = 0xE1
_MOST_STEPS: Final = 4096
"""Segments and fill bytes before the pixels; a file may hold millions that mean nothing."""


class NotBase64(ValueError):
    """Text that no leniency turns into base64."""


class DataUrl(Struct, frozen=True):
    """A `data:` URL taken apart; `data` is base64 as it came, `media_type` lower case, maybe empty."""

    media_type: str
    data: str


class Picture(Struct, frozen=True):
    """What an image's header says. `orientation` is EXIF's: 1 is upright, up to 8."""

    width: int
    height: int
    orientation: int = 1

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


def split_data_url(text: str) -> DataUrl | None:
    """A data URL's parts, None for anything else.

    Parameters other than `base64` are skipped; a payload that is not base64 is percent-decoded and becomes
    base64.
    """
    start = len(text) - len(text.lstrip()) if text[:1].isspace() else 0
    if text[start : start + 5].lower() != "data:":
        return None
    comma = text.find(",", start)
    if comma < 0:
        return None
    label, *parameters = (piece.strip().lower() for piece in text[start + 5 : comma].split(";"))
    payload = text[comma + 1 :]
    if "base64" not in parameters:
        return DataUrl(label, base64.b64encode(unquote_to_bytes(payload)).decode())
    return DataUrl(label, unquote_to_bytes(payload).decode("latin-1") if "%" in payload else payload)


def plain_type(label: str) -> str:
    """A media type in lower case, without parameters, by its usual name."""
    bare = label.split(";", 1)[0].strip().lower()
    return _SAME.get(bare, bare)


def standard_base64(text: str) -> str:
    """`text` in the standard alphabet, padded, without blanks; the same object when it already is.

    Raises NotBase64, also for nothing at all.
    """
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError:
        raise NotBase64 from None
    # One pass that deletes what belongs there is several times faster than decoding or a regular expression.
    rest = data.translate(None, _ALPHABET)
    if data and len(data) % 4 == 0 and rest in _PADDINGS and data.endswith(rest):
        return text
    data = data.translate(_FROM_URL_SAFE, _BLANKS).rstrip(b"=")
    if not data or len(data) % 4 == 1 or data.translate(None, _ALPHABET):
        raise NotBase64
    return (data + b"=" * (-len(data) % 4)).decode("ascii")


def decoded_size(data: str) -> int:
    """How many bytes standard base64 stands for."""
    return len(data) // 4 * 3 - data.count("=", -2)


def head_of(data: str, size: int) -> bytes:
    """The first `size` bytes, or a few more, of what standard base64 stands for."""
    return binascii.a2b_base64(data[: (size + 2) // 3 * 4])


def sniff(head: bytes) -> str | None:
    """The media type that the first 16 bytes give away, None for what is not known here."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _HEIF_BRANDS.get(head[8:12])
    return None


def read_picture(media_type: str, head: bytes) -> Picture | None:
    """Size and orientation out of an image's first bytes, None when they are not (yet) in there."""
    reader = _READERS.get(media_type)
    try:
        return reader(head) if reader else None
    except (struct.error, IndexError):
        return None


def _png(head: bytes) -> Picture | None:
    if head[12:16] != b"IHDR":
        return None
    return Picture(*struct.unpack_from(">II", head, 16))


def _gif(head: bytes) -> Picture | None:
    return Picture(*struct.unpack_from("<HH", head, 6))


def _webp(head: bytes) -> Picture | None:
    match head[12:16]:
        case b"VP8X":
            low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", head, 24)
            return Picture((high_w << 16 | low_w) + 1, (high_h << 16 | low_h) + 1)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return Picture(width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return Picture((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case _:
            return None


def _heif(head: bytes) -> Picture | None:
    largest: Picture | None = None
    at = head.find(b"ispe")
    while at >= 0 and len(head) >= at + 16:
        found = Picture(*struct.unpack_from(">II", head, at + 8))
        largest = found if largest is None or found.pixels > largest.pixels else largest
        at = head.find(b"ispe", at + 4)
    return largest


def _jpeg(head: bytes) -> Picture | None:
    orientation = 1
    for marker, start, end in _segments(head):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, start + 1)
            return Picture(width, height, orientation)
        if marker == _APP1 and head.startswith(_EXIF, start):
            orientation = _orientation(head[start + len(_EXIF) : end])
    return None


def _segments(head: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the content of each JPEG segment before the pixels."""
    at = 2
    for _ in range(_MOST_STEPS):
        if head[at] != 0xFF:
            return
        marker = head[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        at += 2
        if marker in _NO_LENGTH:
            continue
        if marker == _START_OF_SCAN:
            return
        (length,) = struct.unpack_from(">H", head, at)
        yield marker, at + 2, at + length
        at += max(length, 2)


def _orientation(tiff: bytes) -> int:
    """The orientation in an EXIF block; 1 when it does not say, or says nonsense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for index in range(count):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, directory + 2 + 12 * index)
            if tag == _ORIENTATION_TAG and kind == 3:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass  # a directory that ends early says nothing about orientation
    return 1


_READERS: Final = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/heic": _heif,
    "image/heif": _heif,
}
