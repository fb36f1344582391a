"""The class that is the specification. Source: architecture.md 8.1, 8.2."""

import inspect
from pathlib import Path

from app.hooks.spec import ATTRIBUTES, HOOKS, Addon
from app.hooks.table import HookTable

TESTS = Path(__file__).parents[2] / "integration" / "test_hooks.py"


def test_the_class_lists_every_hook_in_order_and_documents_it() -> None:
    own = [name for name, value in vars(Addon).items() if inspect.isfunction(value)]

    assert own == [hook.name for hook in HOOKS]
    assert all(inspect.getdoc(getattr(Addon, hook.name)) for hook in HOOKS)


def test_each_hook_is_called_as_its_method_is_written() -> None:
    for hook in HOOKS:
        method = getattr(Addon, hook.name)

        assert tuple(inspect.signature(method).parameters)[1:] == hook.parameters
        assert inspect.iscoroutinefunction(method) is hook.is_async


def test_the_table_has_a_place_for_every_hook_of_a_flow_or_the_pool() -> None:
    assert HookTable._fields == tuple(hook.name for hook in HOOKS if hook.kind != "life")


def test_everything_else_on_the_class_is_an_attribute_that_is_known() -> None:
    names = {name for name in vars(Addon) if not name.startswith("__")}

    assert names == {hook.name for hook in HOOKS} | set(ATTRIBUTES)


def test_each_hook_has_a_test_named_after_it() -> None:
    text = TESTS.read_text()

    missing = [hook.name for hook in HOOKS if f"def test_{hook.name}" not in text]
    assert missing == ["done"], "which is tested together with `running`"
