from app.simulator.faults import Matcher, Occasion
from app.simulator.options import SimulatorOptions
from app.simulator.state import PromptCache, Script, ScriptBook, World


def test_a_repeated_prefix_of_a_session_counts_as_cached_for_five_minutes() -> None:
    """upstream.md 9.4."""
    cache, key = PromptCache(), ("acc-1", "-1")
    first = [("system", 1000), ("user", 100)]

    assert cache.cached_tokens(key, first, 0.0) == 0
    assert cache.cached_tokens(key, [*first, ("model", 50)], 10.0) == 1100
    assert cache.cached_tokens(("acc-2", "-1"), first, 10.0) == 0
    assert cache.cached_tokens(key, first, 400.0) == 0


def test_a_short_or_changed_prefix_is_not_cached() -> None:
    """upstream.md 6.5: more than 1024 tokens."""
    cache, key = PromptCache(), ("acc-1", "-1")
    cache.cached_tokens(key, [("a", 1024), ("b", 5000)], 0.0)

    assert cache.cached_tokens(key, [("a", 1024), ("x", 5000)], 1.0) == 0


def test_the_first_script_that_fits_and_is_left_answers() -> None:
    """upstream.md 9.4."""
    book = ScriptBook(
        [Script(match=Matcher(text="hi"), times=1), Script(match=Matcher(nth=2), finish="SAFETY")]
    )
    occasion = Occasion(now=0.0, host="daily", method="streamGenerateContent", text="hi")

    picked = [book.pick(occasion) for _ in range(4)]

    assert [script.finish if script else None for script in picked] == ["STOP", None, "SAFETY", None]


def test_requests_have_the_same_dice_in_the_same_order() -> None:
    """upstream.md 9.2."""
    first, second = World(SimulatorOptions(seed=7)), World(SimulatorOptions(seed=7))

    assert [first.request_rng().random() for _ in range(3)] == [
        second.request_rng().random() for _ in range(3)
    ]


def test_reset_brings_everything_back() -> None:
    """upstream.md 9.1."""
    world = World(SimulatorOptions())
    before = world.directory.accounts[0].project
    world.directory.accounts[0].project = "other"
    world.knobs.echo = True

    world.reset()

    assert world.directory.accounts[0].project == before
    assert not world.knobs.echo
