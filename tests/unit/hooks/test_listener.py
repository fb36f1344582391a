"""Hooks that know whose they are. Spec: admin-ui.md 2.3, System."""

from functools import partial

from app.hooks.listener import blame, inner, listener, owner_of


class Addon:
    async def flow_closed(self, flow: object) -> None:
        pass


def test_whatever_a_listener_is_bound_to_it_is_still_known_whose_it_is() -> None:
    told: list[tuple[str, str]] = []
    addon = Addon()
    hook = listener(addon.flow_closed, "mine", lambda name, words: told.append((name, words)))
    bound = partial(partial(hook, "a flow"))

    blame(bound, "it broke")

    assert told == [("mine", "it broke")]
    assert (owner_of(hook), owner_of(bound)) == ("mine", "mine")
    assert inner(bound) == addon.flow_closed


def test_a_plain_function_is_nobodys() -> None:
    blame(print, "nobody is told")

    assert owner_of(partial(print, 1)) == ""
