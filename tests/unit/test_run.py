"""The door for newcomers. Source: amendments.md 1."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for an environment that is not there yet."""
    place = tmp_path / ".venv"
    monkeypatch.setattr(run, "VENV", place)
    monkeypatch.setattr(run, "PYTHON", place / "python")
    return place


@pytest.fixture
def commands(venv: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run to make the environment; making it makes its Python."""
    made: list[list[str]] = []

    def must(command: list[str], environment: dict[str, str] | None = None) -> None:
        made.append(command)
        (venv / "lib" / "python3.99" / "site-packages").mkdir(parents=True, exist_ok=True)
        run.PYTHON.touch()

    monkeypatch.setattr(run, "_must", must)
    return made


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the process would have become, and whether it was for developers."""
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        run, "prepare", lambda *, for_developers: seen.append((f"developers={for_developers}",))
    )

    def become(*arguments: str) -> int:
        seen.append(arguments)
        return 0

    monkeypatch.setattr(run, "_become", become)
    return seen


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["help"], 0), (["--help"], 0)])
def test_without_a_command_it_tells_what_it_can_do(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(arguments) == code

    told = capsys.readouterr().out
    for verb in ("demo", "serve", "doctor", "check", "test", "bench", "docs"):
        assert verb in told


def test_a_command_of_the_product_becomes_the_product(became: list[tuple[str, ...]]) -> None:
    assert run.main(["serve", "--port", "1"]) == 0

    assert became == [("developers=False",), ("-m", "app", "serve", "--port", "1")]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["test"], ("-m", "pytest", "-n", "2", "--dist", "loadfile", "-q")),
        (["test", "tests/house"], ("-m", "pytest", "tests/house")),
        (["docs"], ("-m", "tests.house.generate")),
        (["bench", "--quick"], ("-m", "tests.bench", "--quick")),
    ],
)
def test_a_developers_task_has_the_developers_tools(
    arguments: list[str], command: tuple[str, ...], became: list[tuple[str, ...]]
) -> None:
    run.main(arguments)

    assert became == [("developers=True",), command]


def test_check_tells_everything_that_is_wrong(
    became: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "_run", lambda command, *arguments: int(command in ("mypy", "hadolint")))

    assert run.main(["check"]) == 1
    assert "check failed: mypy, hadolint" in capsys.readouterr().err


def test_check_is_content_when_nothing_is_wrong(
    became: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_run", lambda command, *arguments: 0)

    assert run.main(["check"]) == 0


def test_an_environment_is_made_once(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/uv")

    run.prepare(for_developers=False)
    run.prepare(for_developers=False)

    (command,) = commands
    assert command[:3] == ["uv", "sync", "--locked"]
    assert "--group" not in command


def test_one_for_developers_serves_users_too(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/uv")

    run.prepare(for_developers=True)
    run.prepare(for_developers=False)

    (command,) = commands
    assert command.count("--group") == 2


def test_running_the_product_takes_no_tools_away(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/uv")

    run.prepare(for_developers=False)

    assert "--inexact" in commands[0]


def test_a_machine_without_uv_installs_with_hashes(
    commands: list[list[str]], venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    run.prepare(for_developers=True)

    make, users, developers = commands
    assert make[1:3] == ["-m", "venv"]
    for command, name in ((users, "requirements.txt"), (developers, "requirements-dev.txt")):
        assert {"--require-hashes", "--no-deps"} <= set(command)
        assert command[-1].endswith(name)
    (link,) = venv.rglob("antigravity_proxy.pth")
    assert link.read_text() == str(run.ROOT)


def test_a_venv_module_that_is_incomplete_is_told_of(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    def fail(command: list[str], environment: dict[str, str] | None = None) -> None:
        raise SystemExit(1)

    monkeypatch.setattr(run, "_must", fail)

    with pytest.raises(SystemExit):
        run.prepare(for_developers=False)
    assert "apt install python3-venv" in capsys.readouterr().err


def test_it_needs_nothing_but_python() -> None:
    """The file itself must run without the environment."""
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(run.ROOT / "run.py"), "help"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert result.returncode == 0
    assert "usage: python3 run.py" in result.stdout
