#!/usr/bin/env python3
"""One door for newcomers: makes the environment, then runs the product or a developer's task.

Needs Python 3.11 or newer and nothing else. Uses uv where it is installed, else venv and pip with the
hashed requirement files. The environment is made anew only when a lock file changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

USAGE = """usage: python3 run.py COMMAND [ARGUMENTS]

  demo        gateway and simulated backend in one go, no account needed
  serve       the gateway
  account, key, db, simulate, plan, doctor
              see `python3 run.py COMMAND --help`

  check       format, lint, types, import contracts, container files
  test        the test suite; arguments go to pytest
  bench       cost per event and per request against the budgets
  docs        write the generated pages anew
"""

CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
    ("hadolint", "Dockerfile"),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"),
)


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python would run
        return _fail("Python 3.11 or newer is needed.")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE)
        return 0 if arguments else 2
    verb, rest = arguments[0], arguments[1:]
    tasks = {"check": check, "test": test, "bench": bench, "docs": docs}
    prepare(for_developers=verb in tasks)
    if verb in tasks:
        return tasks[verb](rest)
    return _become("-m", "app", *arguments)


def check(arguments: list[str]) -> int:
    """Everything that needs no running code. Tells all that is wrong, not only the first."""
    failed = [command[0] for command in CHECKS if _run(*command) != 0]
    return _fail(f"check failed: {', '.join(failed)}") if failed else 0


def test(arguments: list[str]) -> int:
    """The test suite, over both cores unless arguments say otherwise."""
    return _become("-m", "pytest", *(arguments or ["-n", "2", "--dist", "loadfile", "-q"]))


def bench(arguments: list[str]) -> int:
    """The budgets."""
    return _become("-m", "tests.bench", *arguments)


def docs(arguments: list[str]) -> int:
    """Generated pages and files."""
    return _become("-m", "tests.house.generate", *arguments)


def prepare(*, for_developers: bool) -> None:
    """Make or refresh the environment; quick when nothing has changed."""
    wanted = _stamp(for_developers=for_developers)
    stamp = VENV / ".stamp"
    have = stamp.read_text(encoding="utf-8").splitlines() if stamp.exists() else []
    if wanted in have and PYTHON.exists():
        return
    print("preparing .venv ...", file=sys.stderr)
    if shutil.which("uv"):
        _prepare_with_uv(for_developers=for_developers)
    else:
        _prepare_with_pip(for_developers=for_developers)
    # An environment for developers serves users too.
    stamp.write_text("\n".join({wanted, _stamp(for_developers=False)}), encoding="utf-8")


def _prepare_with_uv(*, for_developers: bool) -> None:
    # What a developer's task has put there stays when the product is run in between.
    groups = ["--group", "test", "--group", "lint"] if for_developers else []
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV)}
    command = ["uv", "sync", "--locked", "--quiet", "--inexact", "--no-default-groups"]
    _must([*command, "--extra", "uvloop", *groups, "--python", sys.executable], environment)


def _prepare_with_pip(*, for_developers: bool) -> None:
    if not PYTHON.exists():
        try:
            _must([sys.executable, "-m", "venv", "--clear", str(VENV)])
        except SystemExit:
            _fail("The `venv` module is incomplete here; on Debian: apt install python3-venv")
            raise
    names = ["requirements.txt", "requirements-dev.txt"] if for_developers else ["requirements.txt"]
    for name in names:
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _must([*pip, "--require-hashes", "--no-deps", "-r", str(ROOT / name)])
    packages = next((VENV / "lib").glob("python3*/site-packages"), VENV / "Lib" / "site-packages")
    (packages / "antigravity_proxy.pth").write_text(str(ROOT), encoding="utf-8")


def _stamp(*, for_developers: bool) -> str:
    digest = hashlib.sha256(f"{sys.version}{for_developers}".encode())
    for name in ("pyproject.toml", "uv.lock", "requirements.txt", "requirements-dev.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _run(command: str, *arguments: str) -> int:
    print(f"$ {command} {' '.join(arguments)}", flush=True)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([str(BIN / command), *arguments], cwd=ROOT, env=environment, check=False).returncode


def _become(*arguments: str) -> int:
    """Replace this process, so that signals reach the real one."""
    if arguments[1] in ("pytest", "tests.bench", "tests.house.generate"):
        os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.run([str(PYTHON), *arguments], check=False).returncode
    return os.execv(PYTHON, [str(PYTHON), *arguments])


def _must(command: list[str], environment: dict[str, str] | None = None) -> None:
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code != 0:
        raise SystemExit(code)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
