"""The shape of the code: sizes, names, docstrings."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "app").rglob("*.py"))
MOST_LINES = 400
LONGEST_FUNCTION = 60
NO_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"})


def shown(module: Path) -> str:
    return str(module.relative_to(ROOT))


@pytest.fixture(params=MODULES, ids=shown)
def module(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_files_and_functions_stay_small(module: Path) -> None:
    """architecture.md 18, style.md 2."""
    text = module.read_text(encoding="utf-8")

    too_long = {
        function.name: length
        for function in functions(ast.parse(text))
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert too_long == {}
    assert text.count("\n") <= MOST_LINES


def test_a_module_says_what_it_is_for(module: Path) -> None:
    """style.md 2; the file of a package may be empty."""
    tree = ast.parse(module.read_text(encoding="utf-8"))

    assert ast.get_docstring(tree) or (module.name == "__init__.py" and not tree.body)


def test_imports_stand_at_the_top(module: Path) -> None:
    """style.md 2."""
    tree = ast.parse(module.read_text(encoding="utf-8"))

    inside = [
        node.lineno
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@pytest.mark.parametrize("folder", ["app", "migrations", "tests"])
def test_no_file_has_a_name_that_says_nothing(folder: str) -> None:
    """style.md 1."""
    empty = [
        shown(path)
        for path in (ROOT / folder).rglob("*")
        if "__pycache__" not in path.parts and NO_NAMES & set(path.stem.lower().split("_"))
    ]

    assert empty == []


def test_a_unit_test_stands_where_its_module_stands() -> None:
    """architecture.md 20: the tests of `app/a/b.py` are in `tests/unit/a`."""
    folder = ROOT / "tests" / "unit"
    packages = {module.parent.relative_to(ROOT / "app") for module in MODULES}

    lost = [
        shown(path) for path in folder.rglob("test_*.py") if path.parent.relative_to(folder) not in packages
    ]
    assert lost == []
