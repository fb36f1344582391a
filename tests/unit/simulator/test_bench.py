from app.simulator.bench import BenchKnobs, _stencil


def test_a_stencil_is_a_whole_http_chunk() -> None:
    """upstream.md 9.7."""
    framed = _stencil(BenchKnobs(text_bytes=30), is_last=True).bytes_at(0)

    size, _, rest = framed.partition(b"\r\n")
    assert len(rest) == int(size, 16) + 2
    assert b'"finishReason": "STOP"' in rest
    assert rest.startswith(b"data: ")


def test_the_send_time_goes_where_it_is_asked_for() -> None:
    """upstream.md 9.7: measurement support."""
    in_metadata = _stencil(BenchKnobs(stamp="metadata"), is_last=False).bytes_at(42)
    in_text = _stencil(BenchKnobs(stamp="text"), is_last=False).bytes_at(0xAB)

    assert b'"metadata": {"simSentNs": "0000000000000000042"}' in in_metadata
    assert b"@T00000000000000ab@" in in_text
    assert len(in_text) == len(_stencil(BenchKnobs(stamp="text"), is_last=False).bytes_at(2**60))
