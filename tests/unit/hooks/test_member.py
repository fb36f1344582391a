"""Looking at an addon before it runs. Source: architecture.md 8.1, 8.4."""

from types import ModuleType
from typing import Any

import pytest

from app.hooks.additions import Loader
from app.hooks.errors import AddonRefused
from app.hooks.member import described, member, version_of
from app.hooks.spec import Addon


class Plain:
    """Not even a subclass."""

    async def prompt_read(self, flow: Any) -> None:
        pass


def a_module(text: str) -> ModuleType:
    module = ModuleType("my_addon")
    exec(text, module.__dict__)
    return module


def test_any_object_with_methods_named_like_hooks_is_an_addon() -> None:
    looked = member(Plain())

    assert looked.name == "plain"
    assert set(looked.hooks) == {"prompt_read"}
    assert looked.remarks == ()


def test_a_module_with_functions_named_like_hooks_is_an_addon() -> None:
    looked = member(a_module("tolerant = True\nasync def flow_closed(flow): pass"))

    assert (looked.name, set(looked.hooks), looked.tolerant) == ("my_addon", {"flow_closed"}, True)


def test_what_is_inherited_from_the_class_addon_is_no_hook() -> None:
    class Small(Addon):
        name = "small"

        def load(self, loader: Loader) -> None:
            pass

    assert set(member(Small()).hooks) == {"load"}


def refused(hook: str, function: Any) -> str:
    with pytest.raises(AddonRefused) as caught:
        member(type("Wrong", (), {hook: function})())
    return str(caught.value)


def test_a_wrong_signature_is_refused_with_a_sentence() -> None:
    async def none(self: Any) -> None:
        pass

    async def many(self: Any, flow: Any, other: Any) -> None:
        pass

    assert "`wrong.prompt_read` is called with flow" in refused("prompt_read", none)
    assert "missing a required argument: 'other'" in refused("prompt_read", many)


def test_the_wrong_kind_of_function_is_refused_with_a_sentence() -> None:
    async def event(self: Any, flow: Any, event: Any) -> None:
        pass

    def prompt_read(self: Any, flow: Any) -> None:
        pass

    assert "write `def`, not `async def`" in refused("event", event)
    assert "write `async def prompt_read`" in refused("prompt_read", prompt_read)
    assert "has to be a function" in refused("prompt_read", "text")


def test_what_an_addon_says_about_itself_has_to_fit() -> None:
    with pytest.raises(AddonRefused, match=r"`wrong\.before` has to be a tuple of names"):
        member(type("Wrong", (), {"before": "recorder"})())
    with pytest.raises(AddonRefused, match="subclass of Struct"):
        member(type("Wrong", (), {"options": dict})())


@pytest.mark.parametrize(
    ("slip", "says"),
    [
        ("promt_read", "did you mean `prompt_read`"),
        ("on_flow_closed", "did you mean `flow_closed`"),
        ("on_request", "there is no such hook"),
    ],
)
def test_a_name_that_looks_like_a_hook_is_remarked_upon(slip: str, says: str) -> None:
    async def listen(self: Any, flow: Any) -> None:
        pass

    (remark,) = member(type("Slip", (Plain,), {slip: listen})()).remarks

    assert f"`slip.{slip}` is never called" in remark
    assert says in remark


def test_other_methods_are_the_addons_own_business() -> None:
    async def fetch(self: Any) -> None:
        pass

    assert member(type("Fine", (Plain,), {"fetch": fetch, "_prompt_rea": fetch})()).remarks == ()


def test_an_addon_is_active_unless_it_says_otherwise() -> None:
    class Idle(Addon):
        @property
        def active(self) -> bool:
            return False

    assert member(Plain()).is_active
    assert not member(Idle()).is_active


def test_an_addon_says_what_it_is_and_which_version() -> None:
    """Spec: admin-ui.md 2.3, System: addons with name and version."""
    module = a_module('"""Does things.\n\nAt length."""\n__version__ = "2.1"\nasync def running(): pass')

    class Versioned(Plain):
        """Counts."""

        version = "3"

    assert (described(module), version_of(module)) == ("Does things.", "2.1")
    assert (described(Versioned()), version_of(Versioned())) == ("Counts.", "3")
    assert described(Plain()) == "Not even a subclass."
    assert version_of(Plain()) == ""


@pytest.mark.parametrize("name", ["a/b", "line\nbreak", "x" * 51])
def test_a_name_that_would_not_do_in_an_address_or_a_table_is_refused(name: str) -> None:
    class Odd(Plain):
        pass

    Odd.name = name  # type: ignore[attr-defined]  # as a careless addon would

    with pytest.raises(AddonRefused, match="has to be printable"):
        member(Odd())
