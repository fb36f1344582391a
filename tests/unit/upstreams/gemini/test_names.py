"""Names of tools on the wire."""

from hashlib import sha256

import pytest

from app.upstreams.gemini.names import ToolNames


def hashed(plain: str, name: str) -> str:
    return f"{plain[:55]}_{sha256(name.encode()).hexdigest()[:8]}"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("get_weather", "get_weather"),
        ("_x", "_x"),
        ("a" * 64, "a" * 64),
        ("mcp/server/read", "mcp_server_read"),
        ("123go", "_123go"),
        ("-go", "_-go"),
        ("a.b:c", "a_b_c"),
        ("名前", "__"),
        ("", "_"),
        ("a" * 65, hashed("a" * 65, "a" * 65)),
        ("1" + "a" * 63, hashed("_1" + "a" * 63, "1" + "a" * 63)),
    ],
)
def test_a_name_is_kept_or_made_to_fit(name: str, wire: str) -> None:
    """tool-schemas.md 8 and N1."""
    assert ToolNames([name]).wire(name) == wire


def test_names_that_would_meet_are_told_apart() -> None:
    """tool-schemas.md N1."""
    both = ToolNames(["get weather", "get/weather"])
    with_own = ToolNames(["get weather", "get_weather"])

    assert both.wire("get weather") == hashed("get_weather", "get weather")
    assert both.wire("get/weather") == hashed("get_weather", "get/weather")
    assert with_own.wire("get_weather") == "get_weather"
    assert with_own.wire("get weather") == hashed("get_weather", "get weather")


def test_even_a_name_made_to_meet_a_hash_is_told_apart() -> None:
    """tool-schemas.md S6."""
    trap = hashed("get_weather", "get weather")
    names = ToolNames(["get weather", "get_weather", trap])

    assert len({names.wire(name) for name in ("get weather", "get_weather", trap)}) == 3


def test_prefixes_of_the_upstream_are_dropped_before_declared_names() -> None:
    """openai.md 8.2."""
    names = ToolNames(["a b"])

    assert names.own("default_api:a_b") == names.own("default_api.a b") == names.own("a_b") == "a b"
    assert names.own("default_api:z") == "default_api:z"
    assert names.own("z") == names.wire("z") == "z"
