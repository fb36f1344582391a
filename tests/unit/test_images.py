import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from app.errors import BadRequest, GatewayError, TooLarge
from app.images import ImageDesk, ImageLimits, check
from app.ir.parts import Blob
from tests.support.images import HEIC, PDF, a_picture

WEB_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
WHERE = "messages.0.content.1.source"


def opened(blob: Blob) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(blob.data)))


def a_png_header(width: int, height: int) -> str:
    header = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    chunk = b"IHDR" + header
    raw = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + chunk + struct.pack(">I", zlib.crc32(chunk))
    return base64.b64encode(raw).decode()


def blob(data: str, media_type: str = "image/png") -> Blob:
    return Blob(media_type, data, where=WHERE)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_an_image_that_is_fine_passes_untouched(form: str) -> None:
    """anthropic.md 5.1."""
    given = blob(a_picture(form), f"image/{form.lower()}")

    assert await ImageDesk().prepare(given, WEB_TYPES) is given


async def test_a_large_image_that_is_fine_passes_untouched_too() -> None:
    out = io.BytesIO()
    Image.effect_noise((600, 400), 90).save(out, "PNG")
    given = blob(base64.b64encode(out.getvalue()).decode())
    assert len(given.data) > 200_000

    assert await ImageDesk().prepare(given, WEB_TYPES) is given


@pytest.mark.parametrize("label", ["image/jpeg", "", "image/x-unknown", "application/octet-stream"])
async def test_the_first_bytes_win_over_the_label(label: str) -> None:
    """anthropic.md 5.1, openai.md 5.3."""
    ready = await ImageDesk().prepare(blob(a_picture("PNG"), label), WEB_TYPES)

    assert ready.media_type == "image/png"
    assert ready.where == WHERE


async def test_sloppy_base64_is_set_right() -> None:
    """anthropic.md 5.1."""
    data = a_picture("PNG")
    sloppy = "\n".join(data.rstrip("=")[i : i + 40] for i in range(0, len(data), 40)).replace("+", "-")

    assert (await ImageDesk().prepare(blob(sloppy), WEB_TYPES)).data == data


async def test_a_data_url_inside_the_data_is_taken_apart() -> None:
    """anthropic.md 5.1."""
    data = a_picture("PNG")

    assert await ImageDesk().prepare(blob(f"data:image/png;base64,{data}", ""), WEB_TYPES) == blob(data)


async def test_a_turned_photo_is_put_upright() -> None:
    ready = await ImageDesk().prepare(blob(a_picture("JPEG", (4, 2), orientation=6), "image/jpeg"), WEB_TYPES)

    assert ready.media_type == "image/jpeg"
    assert opened(ready).size == (2, 4)
    assert opened(ready).getexif().get(0x0112) is None


async def test_an_animation_becomes_a_still_where_the_model_takes_none() -> None:
    """upstream.md 5.3: gif is for Claude only."""
    given = blob(a_picture("GIF"), "image/gif")

    still = await ImageDesk().prepare(given, WEB_TYPES)

    assert still.media_type == "image/png"
    assert opened(still).size == (4, 2)
    assert await ImageDesk().prepare(given, WEB_TYPES | {"image/gif"}) is given


async def test_other_files_only_have_their_base64_set_right() -> None:
    sound = base64.b64encode(b"\x01\x02\x03\x04").decode()

    assert await ImageDesk().prepare(blob(PDF.rstrip("="), ""), WEB_TYPES) == blob(PDF, "application/pdf")
    assert await ImageDesk().prepare(blob(sound.rstrip("="), "audio/mp3"), WEB_TYPES) == blob(
        sound, "audio/mpeg"
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (blob("not base64!"), "invalid_base64_image"),
        (blob(""), "invalid_base64_image"),
        (blob("!", "audio/wav"), "invalid_value"),
        (blob(base64.b64encode(b"\x7fELF" + bytes(60)).decode()), "invalid_image_format"),
        (blob(base64.b64encode(b"<svg></svg>").decode(), "image/svg+xml"), "invalid_image_format"),
        (blob(base64.b64encode(b"who knows").decode(), ""), "invalid_image_format"),
        (blob(a_png_header(60000, 60000)), "invalid_image_format"),
        (blob(a_png_header(0, 5)), "invalid_image_format"),
        (blob("iVBORw0KGgo="), "invalid_image_format"),
    ],
)
async def test_broken_and_boundless_images_are_refused_at_their_place(given: Blob, reason: str) -> None:
    """faults.md F097: before any account is taken, and before anything is decoded."""
    with pytest.raises(BadRequest) as refusal:
        await ImageDesk().prepare(given, WEB_TYPES)

    assert (refusal.value.where, refusal.value.reason) == (WHERE, reason)


@pytest.mark.parametrize(
    "data",
    [
        HEIC,
        base64.b64encode(base64.b64decode(a_picture("GIF"))[:20]).decode(),
        base64.b64encode(base64.b64decode(a_picture("JPEG", orientation=3))[:-80]).decode(),
    ],
)
async def test_what_cannot_be_redrawn_is_refused(data: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        await ImageDesk().prepare(blob(data, ""), WEB_TYPES)

    assert refusal.value.reason == "invalid_image_format"


def test_a_file_over_the_limit_is_too_large() -> None:
    """faults.md 3: 20 MB decoded."""
    limits = ImageLimits(max_bytes=3000)
    check(blob(base64.b64encode(bytes(3000)).decode(), "audio/wav"), limits)

    with pytest.raises(TooLarge) as refusal:
        check(blob(base64.b64encode(bytes(3001)).decode(), "audio/wav"), limits)

    error: GatewayError = refusal.value
    assert error.where == WHERE


def test_a_size_far_into_the_file_is_still_found() -> None:
    raw = base64.b64decode(a_picture("JPEG"))
    comment = b"\xff\xfe" + struct.pack(">H", 65000) + bytes(64998)
    padded = raw[:2] + comment * 2 + raw[2:]

    _, found = check(blob(base64.b64encode(padded).decode(), "image/jpeg"), ImageLimits())

    assert found is not None
    assert (found.width, found.height) == (4, 2)


async def test_a_picture_larger_than_its_header_admits_is_not_decoded() -> None:
    """threats.md S20: pixels are counted before any decode."""
    screen = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\0\0" + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 9000, 9000) + b"\0\x02\x02\x4c\x01\0\x3b"
    given = blob(base64.b64encode(screen + frame).decode(), "image/gif")

    with pytest.raises(BadRequest) as refusal:
        await ImageDesk().prepare(given, WEB_TYPES)

    assert "9000 x 9000" in refusal.value.message
