"""A picture decoded and drawn anew, upright and in a type that every model takes. The only user of Pillow.

Slow: to be called in a thread. Never: pictures whose header has not been checked.
"""

import base64
import io
from typing import Final

from msgspec import structs
from PIL import Image, ImageOps

from app.images import ImageLimits, bad_format, too_many_pixels
from app.ir.parts import Blob

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


def redraw(blob: Blob, limits: ImageLimits) -> Blob:
    """The image upright and in a type that every model takes: JPEG stays JPEG, everything else becomes PNG.

    Of an animation the first frame is kept. Raises BadRequest when the image is broken or cannot be read.
    """
    name = _PILLOW_NAMES.get(blob.media_type)
    if name is None:
        raise bad_format(blob, f"{blob.media_type} is not a type that this model takes")
    is_photo = blob.media_type == "image/jpeg"
    try:
        with Image.open(io.BytesIO(base64.b64decode(blob.data)), formats=[name]) as image:
            # A file can hold a larger picture than its header admits; this is before any decoding.
            if image.width * image.height > limits.max_pixels:
                raise too_many_pixels(blob, image.width, image.height, limits)
            drawn = _photo(image) if is_photo else _drawing(image)
    except _UNREADABLE as exc:
        raise bad_format(blob, "it is damaged") from exc
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
