import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.media import (
    DataUrl,
    NotBase64,
    Picture,
    decoded_size,
    head_of,
    plain_type,
    read_picture,
    sniff,
    split_data_url,
    standard_base64,
)


def jpeg_head(*segments: bytes, width: int = 640, height: int = 480) -> bytes:
    frame = struct.pack(">BHH", 8, height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8" + b"".join(segments) + segment(0xC0, frame)


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def exif(orientation: int, order: str = "<", tag: int = 0x0112) -> bytes:
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entries = struct.pack(order + "HHHIHH", 1, tag, 3, 1, orientation, 0)
    return segment(0xE1, b"Exif\x00\x00" + mark + struct.pack(order + "I", 8) + entries)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("data:image/png;base64,QUJD", DataUrl("image/png", "QUJD")),
        ("DATA:Image/PNG;BASE64,QUJD", DataUrl("image/png", "QUJD")),
        ("  data:image/png;base64,QUJD", DataUrl("image/png", "QUJD")),
        ("data:image/png;name=a.png;charset=x; base64 ,QUJD", DataUrl("image/png", "QUJD")),
        ("data:image/png;base64,QU%2BD%0A", DataUrl("image/png", "QU+D\n")),
        ("data:;base64,QUJD", DataUrl("", "QUJD")),
        ("data:text/plain,A%42C", DataUrl("text/plain", "QUJD")),
        ("data:,ABC", DataUrl("", "QUJD")),
    ],
)
def test_data_urls_are_taken_apart_leniently(url: str, parts: DataUrl) -> None:
    """openai.md 5.3, image sources 1."""
    assert split_data_url(url) == parts


@pytest.mark.parametrize("text", ["", "QUJD", "https://example.com/a,b", "data:image/png;base64", " "])
def test_other_text_is_no_data_url(text: str) -> None:
    assert split_data_url(text) is None


def test_media_types_have_one_name() -> None:
    """openai.md 5.3: `image/jpg` becomes `image/jpeg`."""
    assert plain_type(" Image/JPG; q=1") == "image/jpeg"
    assert plain_type("audio/mp3") == "audio/mpeg"
    assert plain_type("application/pdf") == "application/pdf"


def test_base64_that_is_fine_is_not_copied() -> None:
    text = base64.b64encode(bytes(range(256))).decode()

    assert standard_base64(text) is text


@pytest.mark.parametrize("text", ["QU JD\r\n", "QUJD=", "QUJD\t\n", " Q U J D "])
def test_blanks_and_stray_padding_go(text: str) -> None:
    """anthropic.md 5.1."""
    assert standard_base64(text) == "QUJD"


@given(st.binary(min_size=1))
def test_every_spelling_of_base64_is_normalised(data: bytes) -> None:
    """anthropic.md 5.1, openai.md 5.3."""
    standard = base64.b64encode(data).decode()
    unpadded = base64.urlsafe_b64encode(data).decode().rstrip("=")
    folded = "\n".join(unpadded[i : i + 7] for i in range(0, len(unpadded), 7))

    assert standard_base64(standard) == standard
    assert standard_base64(unpadded) == standard
    assert standard_base64(folded) == standard
    assert decoded_size(standard) == len(data)
    assert head_of(standard, len(data)) == data


@pytest.mark.parametrize("text", ["", "=", "  ", "QUJDR", "QU!D", "QÜJD", "QU=JD", "a.b.", "====", "Q==="])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(NotBase64):
        standard_base64(text)


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00", "image/heif"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypisom\x00", None),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"\x7fELF\x02", None),
        (b"<svg xmlns=", None),
        (b"", None),
    ],
)
def test_the_first_bytes_name_the_type(head: bytes, media_type: str | None) -> None:
    """openai.md 5.3: trust magic bytes over labels."""
    assert sniff(head) == media_type


@pytest.mark.parametrize(
    ("media_type", "head", "picture"),
    [
        (
            "image/png",
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">II", 60000, 70000),
            Picture(60000, 70000),
        ),
        ("image/gif", b"GIF89a" + struct.pack("<HH", 320, 200), Picture(320, 200)),
        ("image/webp", b"RIFF????WEBPVP8X" + b"?" * 8 + b"\x7f\x02\0\xdf\x01\0", Picture(640, 480)),
        (
            "image/webp",
            b"RIFF????WEBPVP8 " + b"?" * 10 + struct.pack("<HH", 0xC280, 0x41E0),
            Picture(640, 480),
        ),
        ("image/webp", b"RIFF????WEBPVP8L????/" + struct.pack("<I", 639 | 479 << 14), Picture(640, 480)),
        ("image/heic", b"....ispe....." + b"x" * 3, None),
        (
            "image/heic",
            b"ispe\0\0\0\0" + struct.pack(">II", 16, 16) + b"ispe\0\0\0\0" + struct.pack(">II", 640, 480),
            Picture(640, 480),
        ),
        ("image/jpeg", jpeg_head(segment(0xE0, b"JFIF\0")), Picture(640, 480)),
        ("image/jpeg", jpeg_head(b"\xff\xff\xff\x01", exif(6)), Picture(640, 480, 6)),
        ("image/jpeg", jpeg_head(exif(8, ">")), Picture(640, 480, 8)),
        ("image/jpeg", jpeg_head(exif(42)), Picture(640, 480)),
        ("image/jpeg", jpeg_head(exif(6, tag=0x0110)), Picture(640, 480)),
        ("image/jpeg", jpeg_head(segment(0xE1, b"Exif\0\0II*\0\xff\xff\0\0")), Picture(640, 480)),
        ("image/jpeg", jpeg_head(segment(0xE1, b"Exif\0\0??*\0\x08\0\0\0")), Picture(640, 480)),
    ],
)
def test_headers_tell_size_and_orientation(media_type: str, head: bytes, picture: Picture | None) -> None:
    """faults.md 3: checked before any decode."""
    assert read_picture(media_type, head) == picture


@pytest.mark.parametrize(
    ("media_type", "head"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0"),
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF????WEBPABCD" + b"?" * 30),
        ("image/webp", b"RIFF????WEBPVP8X"),
        ("image/jpeg", jpeg_head()[:10]),
        ("image/jpeg", b"\xff\xd8\xff\xda\0\x02"),
        ("image/jpeg", b"\xff\xd8 no marker"),
        ("image/jpeg", b"\xff\xd8" + segment(0xE0, b"only") + b"\xff"),
        ("application/pdf", b"%PDF-1.7"),
    ],
)
def test_a_header_that_is_cut_or_broken_tells_nothing(media_type: str, head: bytes) -> None:
    assert read_picture(media_type, head) is None


@given(st.sampled_from(["image/png", "image/jpeg", "image/gif", "image/webp", "image/heic"]), st.binary())
def test_no_header_makes_the_reader_fail(media_type: str, head: bytes) -> None:
    """faults.md F097."""
    read_picture(media_type, head)
    read_picture(media_type, b"\xff\xd8" + head)


def test_pixels_are_width_times_height() -> None:
    assert Picture(3, 5).pixels == 15


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\xe1\x00\x02", b"\xff\xd0"])
def test_a_jpeg_that_never_begins_is_given_up(filler: bytes) -> None:
    """faults.md F097: a file of the largest size can hold millions of segments that mean nothing."""
    frame = b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x04\x01\x01\x11\x00"

    assert read_picture("image/jpeg", b"\xff\xd8" + filler * 100 + frame) is not None
    assert read_picture("image/jpeg", b"\xff\xd8" + filler * 5000 + frame) is None
