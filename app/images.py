"""Images made fit for a model: checked by their headers, turned upright, re-encoded only when they must be.

A file that is fine leaves exactly as it came. The header is checked before anything is decoded to pixels, and
pixels are made in threads, few at a time. The only user of Pillow.
Source: faults.md 3 and F097, anthropic.md 5.1, openai.md 5.3.
Never: fetching, or knowledge of dialects.
"""

import asyncio
import base64
import io
from typing import Final

from msgspec import Struct, structs
from PIL import Image, ImageOps

from app.errors import BadRequest, TooLarge
from app.ir.parts import Blob
from app.wire import media
from app.wire.media import NotBase64, Picture

_IN_LOOP: Final = 128 * 1024
"""Base64 up to this length is checked without a thread: that takes less time than the thread would."""

_HEADS: Final = (64, 64 * 1024, 1024 * 1024)
"""How much of a file is looked at for its size, in bytes, step by step; at last all of it."""

_KNOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/heif"})
_PILLOW_NAMES: Final = {"image/jpeg": "JPEG", "image/gif": "GIF", "image/png": "PNG", "image/webp": "WEBP"}
_JPEG_QUALITY: Final = 92
_UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises on a file that is not what its header says."""


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
            return await asyncio.to_thread(redraw, checked, self.limits)


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
        raise _bad_format(blob, "it is not a PNG, JPEG, GIF, WebP or HEIC image")
    media_type = found or label
    picture = _picture(data, media_type, blob, limits) if media_type in _KNOWN else None
    if data is blob.data and media_type == blob.media_type:
        return blob, picture
    return structs.replace(blob, media_type=media_type, data=data), picture


def redraw(blob: Blob, limits: ImageLimits) -> Blob:
    """The image upright and in a type that every model takes: JPEG stays JPEG, everything else becomes PNG.

    Of an animation the first frame is kept. Raises BadRequest when the image is broken or cannot be read.
    """
    name = _PILLOW_NAMES.get(blob.media_type)
    if name is None:
        raise _bad_format(blob, f"{blob.media_type} is not a type that this model takes")
    is_photo = blob.media_type == "image/jpeg"
    try:
        with Image.open(io.BytesIO(base64.b64decode(blob.data)), formats=[name]) as image:
            # A file can hold a larger picture than its header admits; this is before any decoding.
            if image.width * image.height > limits.max_pixels:
                raise _too_many_pixels(blob, image.width, image.height, limits)
            drawn = _photo(image) if is_photo else _drawing(image)
    except _UNREADABLE as exc:
        raise _bad_format(blob, "it is damaged") from exc
    media_type = "image/jpeg" if is_photo else "image/png"
    return structs.replace(blob, media_type=media_type, data=base64.b64encode(drawn).decode("ascii"))


def _photo(image: Image.Image) -> bytes:
    out = io.BytesIO()
    profile = image.info.get("icc_profile")
    ImageOps.exif_transpose(image).save(out, "JPEG", quality=_JPEG_QUALITY, icc_profile=profile)
    return out.getvalue()


def _drawing(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGBA" if image.has_transparency_data else "RGB").save(out, "PNG")
    return out.getvalue()


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
        raise _bad_format(blob, "its header is damaged")
    if picture.pixels > limits.max_pixels:
        raise _too_many_pixels(blob, picture.width, picture.height, limits)
    return picture


def _too_many_pixels(blob: Blob, width: int, height: int, limits: ImageLimits) -> BadRequest:
    most = limits.max_pixels / 1_000_000
    return _bad_format(blob, f"it has {width} x {height} pixels, more than {most:g} million")


def _bad_format(blob: Blob, why: str) -> BadRequest:
    return BadRequest(f"The image cannot be used: {why}.", where=blob.where, reason="invalid_image_format")
