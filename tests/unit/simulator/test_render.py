from app.simulator.render import chunk_json, compact_json, pretty_json


def test_a_chunk_is_one_line_with_a_blank_after_colons_only() -> None:
    """upstream.md 6.1."""
    assert chunk_json({"a": [1, {"b": "c, d: e"}], "f": True}) == '{"a": [1,{"b": "c, d: e"}],"f": true}'


def test_five_marks_are_escaped_in_chunks() -> None:
    """upstream.md 6.1."""
    assert chunk_json({"t": "<>&='é"}) == '{"t": "\\u003c\\u003e\\u0026\\u003d\\u0027é"}'


def test_pretty_json_ends_with_one_newline_and_keeps_quotes() -> None:
    """upstream.md 7.1."""
    assert pretty_json({"m": "it's <1>"}) == b'{\n  "m": "it\'s \\u003c1\\u003e"\n}\n'


def test_compact_json_has_no_blanks() -> None:
    """upstream.md 7.2 c."""
    assert compact_json({"a": {"b": 1}}) == '{"a":{"b":1}}'
