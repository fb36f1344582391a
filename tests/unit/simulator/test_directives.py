from app.simulator.directives import ToolWish, parse, strip


def test_a_tool_is_wished_with_its_arguments() -> None:
    """upstream.md 9.4."""
    wishes = parse('Please.\n[[sim: tool=get_weather args={"city": "Paris [x]", "n": [1, 2]}]]')

    assert wishes.tools == [ToolWish("get_weather", {"city": "Paris [x]", "n": [1, 2]})]


def test_several_directives_are_merged() -> None:
    """upstream.md 9.4."""
    wishes = parse("[[sim: tools=2 parallel]] and [[sim: think=300 text=800]] [[sim: finish=MAX_TOKENS]]")

    assert len(wishes.tools) == 2
    assert (wishes.parallel, wishes.think, wishes.text, wishes.finish) == (True, 300, 800, "MAX_TOKENS")


def test_pictures_and_sources_are_wished_by_size_and_count() -> None:
    """upstream.md 9.4."""
    wishes = parse("[[sim: image=512x256]][[sim: ground=3]]")

    assert (wishes.image, wishes.ground) == ((512, 256), 3)


def test_faults_are_wished_by_status_or_name() -> None:
    """upstream.md 9.4, 9.6."""
    wishes = parse(
        "[[sim: error=503]] [[sim: error=429_quota]] [[sim: empty]] [[sim: cut=after:10:truncate]]"
    )

    assert [fault.effect for fault in wishes.faults] == ["503_capacity", "429_quota", "empty", "cut"]
    assert (wishes.faults[3].after_chunks, wishes.faults[3].how) == (10, "truncate")


def test_stalls_and_stream_errors_name_their_place() -> None:
    """upstream.md 9.6."""
    stall, error = parse("[[sim: stall=5@2 stream_error=429@3]]").faults

    assert (stall.delay_s, stall.after_chunks) == (5.0, 2)
    assert (error.reason, error.after_chunks) == ("429_rate", 3)


def test_words_in_quotes_may_hold_blanks() -> None:
    """upstream.md 9.4."""
    assert parse('[[sim: say="Good day, sir"]]').say == "Good day, sir"


def test_unknown_words_are_listed() -> None:
    """upstream.md 9.4."""
    assert parse("[[sim: nonsense=1]]").unknown == ["nonsense"]


def test_directives_are_taken_out_of_the_text() -> None:
    """upstream.md 9.4."""
    assert strip("Hello [[sim: text=3]]\n[[sim: empty]]") == "Hello"
