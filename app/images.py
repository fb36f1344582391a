"""Images made fit for a model: checked by their headers, turned upright, re-encoded only when they must be.

A file that is fine leaves exactly as it came. The header is checked before anything is decoded to pixels, and
pixels are made in threads, few at a time, by `app.redraw`.
Source: faults.md 3 and F097, anthropic.md 5.1, openai.md 5.3.
Never: fetching, or knowledge of dialects.
"""

import asyncio
from typing import Final

from msgspec import Struct, structs

from app.errors import BadRequest, TooLarge
from app.ir.parts import Blob
from app.late import late
from app.wire import media
from app.wire.media import NotBase64, Picture

_IN_LOOP: Final = 128 * 1024
"""Base64 up to this length is checked without a thread: that takes less time than the thread would."""

_HEADS: Final = (64, 64 * 1024, 1024 * 1024)
"""How much of a file is looked at for its size, in bytes, step by step; at last all of it."""

_KNOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/heif"})


class ImageLimits(Struct, frozen=True):
    """Bytes are after base64."""

    max_bytes: int = 20_000_000
    max_pixels: int = 40_000_000


class ImageDesk:
    """Takes images in, hands them out fit for use. One per process.

    `slots` bounds how many are decoded to pixels at once.
    """

    def __init__(self, limits: ImageLimits | None = None, *, slots: int = 2) -> None:
        self.limits = limits or ImageLimits()
        self._slots = asyncio.Semaphore(slots)

    async def prepare(self, blob: Blob, accepted: frozenset[str]) -> Blob:
        """`blob` normalised, as one of the `accepted` image types if it is an image.

        The same object when nothing had to change. Raises BadRequest or TooLarge with the blob's `where`.
        """
        if len(blob.data) <= _IN_LOOP:
            checked, picture = check(blob, self.limits)
        else:
            checked, picture = await asyncio.to_thread(check, blob, self.limits)
        if picture is None or (picture.orientation == 1 and checked.media_type in accepted):
            return checked
        async with self._slots:
            return await asyncio.to_thread(_redrawn, checked, self.limits)


def check(blob: Blob, limits: ImageLimits) -> tuple[Blob, Picture | None]:
    """`blob` with standard base64 and its true media type, and what its header says if it is an image."""
    label, text = media.plain_type(blob.media_type), blob.data
    if text[:5].lower() == "data:" and (inner := media.split_data_url(text)):
        label, text = label or media.plain_type(inner.media_type), inner.data
    is_image = not label or label.startswith("image/")
    data = _base64(text, blob, is_image=is_image)
    if media.decoded_size(data) > limits.max_bytes:
        limit = limits.max_bytes / 1_000_000
        raise TooLarge(f"A file in the request is larger than {limit:g} MB.", where=blob.where)
    found = media.sniff(media.head_of(data, _HEADS[0]))
    if found is None and is_image:
        raise bad_format(blob, "it is not a PNG, JPEG, GIF, WebP or HEIC image")
    media_type = found or label
    picture = _picture(data, media_type, blob, limits) if media_type in _KNOWN else None
    if data is blob.data and media_type == blob.media_type:
        return blob, picture
    return structs.replace(blob, media_type=media_type, data=data), picture


def _base64(text: str, blob: Blob, *, is_image: bool) -> str:
    try:
        return media.standard_base64(text)
    except NotBase64 as exc:
        reason = "invalid_base64_image" if is_image else "invalid_value"
        raise BadRequest("The file's data is not valid base64.", where=blob.where, reason=reason) from exc


def _picture(data: str, media_type: str, blob: Blob, limits: ImageLimits) -> Picture:
    picture = None
    for size in (*_HEADS, limits.max_bytes):
        picture = media.read_picture(media_type, media.head_of(data, size))
        if picture is not None or size * 4 >= len(data) * 3:
            break
    if picture is None or not picture.pixels:
        raise bad_format(blob, "its header is damaged")
    if picture.pixels > limits.max_pixels:
        raise too_many_pixels(blob, picture.width, picture.height, limits)
    return picture


def _redrawn(blob: Blob, limits: ImageLimits) -> Blob:
    redraw = late("app.redraw:redraw")  # with Pillow; most images need no more than a look at their header
    redrawn: Blob = redraw(blob, limits)
    return redrawn


def too_many_pixels(blob: Blob, width: int, height: int, limits: ImageLimits) -> BadRequest:
    """The refusal of a picture that is too large once decoded."""
    most = limits.max_pixels / 1_000_000
    return bad_format(blob, f"it has {width} x {height} pixels, more than {most:g} million")


def bad_format(blob: Blob, why: str) -> BadRequest:
    """The refusal of a file that is no usable image."""
    return BadRequest(f"The image cannot be used: {why}.", where=blob.where, reason="invalid_image_format")
