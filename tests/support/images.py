"""Small files of every kind, as base64."""

import base64
import io
import struct

from PIL import Image

HEIC = base64.b64encode(b"\x00\x00\x00\x18ftypheic" + b"ispe\0\0\0\0" + struct.pack(">II", 4, 4)).decode()
"""As much of a HEIC file as its header reader looks at."""

PDF = base64.b64encode(b"%PDF-1.7 and so on").decode()


def a_picture(form: str = "PNG", size: tuple[int, int] = (4, 2), orientation: int = 1) -> str:
    """A white picture with one red corner; `orientation` is kept in JPEG files only."""
    image = Image.new("RGB", size, "white")
    image.putpixel((0, 0), (255, 0, 0))
    out = io.BytesIO()
    if form == "JPEG":
        marks = image.getexif()
        marks[0x0112] = orientation
        image.save(out, form, exif=marks)
    else:
        image.save(out, form)
    return base64.b64encode(out.getvalue()).decode()
