"""Every play, through decode, pipeline and write. `--accept-plays` rewrites what is expected."""

from pathlib import Path

import pytest

from app.wire.play import Line
from tests.support.play import Play

PLAYS = sorted(Path(__file__).parent.glob("**/*.play"))


@pytest.mark.parametrize("path", PLAYS, ids=lambda path: path.stem)
async def test_a_play_comes_out_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    play = Play.read(path)

    happened = await play.perform()

    if request.config.getoption("--accept-plays"):
        play.write(happened)
    else:
        assert text(happened) == text(play.lines)


def text(lines: list[Line]) -> str:
    return "\n".join(f"{line.way} {line.who} {line.rest}\n{line.body}" for line in lines)
