from random import Random

from app.simulator.timing import PROFILES


def test_the_instant_profile_never_waits() -> None:
    """upstream.md 9.7."""
    timing, rng = PROFILES["instant"], Random(1)

    assert timing.headers_s(rng) == 0
    assert timing.first_content_s("image", 5000, rng) == 0
    assert timing.chunk_s("claude", 100, rng, is_thought=False) == 0
    assert timing.error_s(429, rng) == 0
    assert timing.control_s(rng) == 0


def test_realistic_figures_lie_in_their_ranges() -> None:
    """upstream.md 9.7, 7.1."""
    timing, rng = PROFILES["realistic"], Random(1)

    assert all(0.10 <= timing.headers_s(rng) <= 0.35 for _ in range(200))
    assert all(0.147 <= timing.error_s(429, rng) <= 0.445 for _ in range(200))
    assert all(0.8 * 2 <= timing.first_content_s("pro", 0, rng) <= 1.2 * 2 for _ in range(200))


def test_larger_prompts_and_slower_models_take_longer() -> None:
    """upstream.md 9.7."""
    timing = PROFILES["realistic"]

    assert timing.first_content_s("flash", 100_000, Random(1)) > timing.first_content_s("flash", 0, Random(1))
    assert timing.chunk_s("claude", 60, Random(1), is_thought=False) > timing.chunk_s(
        "flash", 60, Random(1), is_thought=False
    )


def test_waits_are_the_same_for_one_seed() -> None:
    """upstream.md 9.2: the seed fixes timings."""
    timing = PROFILES["slow"]

    assert timing.headers_s(Random(3)) == timing.headers_s(Random(3))
