"""What the panel can do, the admin API can do, and a shell where that makes sense. Spec: admin-ui.md 3.4."""

import click

from app.cli.main import main
from app.web.site import build_quart
from tests.support.world import a_world

SESSION_ONLY = frozenset({"begin", "sign_out", "prefer", "dismiss_first_run"})
"""Of the browser itself: signing in and out, and what it remembers."""

SAME: dict[str, tuple[str, str | None]] = {
    "act_on_account": ("enable_account", "account enable"),
    "clear_account": ("clear_account", None),
    "edit_account": ("update_account", "account update"),
    "remove_account": ("remove_account", "account remove"),
    "add_account_by_token": ("add_account", "account add"),
    "do_batch": ("act_on_accounts", "account disable"),
    "export_accounts": ("export_accounts", "account export"),
    "bring_accounts": ("import_accounts", "account import"),
    "take_import": ("import_accounts", "account import"),
    "begin_sign_in": ("begin_sign_in", "account add"),
    "finish_sign_in": ("finish_sign_in", "account add"),
    "begin_job": ("begin_refresh", "account refresh"),
    "steer_job": ("pause_refresh", "account refresh"),
    "retry_job": ("retry_refresh", "account refresh"),
    "make_key": ("create_key", "key create"),
    "edit_key": ("update_key", "key update"),
    "pause_key": ("pause_key", "key update"),
    "resume_key": ("resume_key", "key update"),
    "revoke_key": ("revoke_key", "key revoke"),
    "rotate_key": ("rotate_key", "key rotate"),
    "name_models": ("set_aliases", "setting set"),
    "hide_model": ("hide_model", "setting set"),
    "playground_ask": ("playground_send", None),
    "enable_addon": ("enable_addon", None),
    "disable_addon": ("disable_addon", None),
    "configure_addon": ("configure_addon", None),
    "reset_option": ("reset_addon_option", None),
    "reload_addon": ("reload_addon", None),
    "change_setting": ("change_setting", "setting set"),
    "reset_setting": ("reset_setting", "setting reset"),
    "undo_setting": ("undo_setting", None),
    "make_backup": ("create_backup", "db backup"),
    "remove_backup": ("remove_backup", None),
    "end_session": ("revoke_session", None),
    "end_other_sessions": ("end_other_sessions", None),
}
"""For each change that a page asks for: the route of the API that does the same, and the command."""


async def test_every_change_of_the_panel_is_a_route_and_where_it_can_be_a_command() -> None:
    """admin-ui.md 3.4: a test compares the three lists."""
    async with a_world() as world:
        rules = list(build_quart(world.gateway).url_map.iter_rules())
    changes = {
        rule.endpoint.removeprefix("panel.")
        for rule in rules
        if rule.endpoint.startswith("panel.") and "POST" in (rule.methods or ())
    }
    routes = {rule.endpoint.removeprefix("admin.") for rule in rules if rule.endpoint.startswith("admin.")}

    assert changes - SESSION_ONLY == set(SAME)
    assert {route for route, _ in SAME.values()} <= routes
    assert [words for _, words in SAME.values() if words is not None and not is_command(words)] == []


def is_command(words: str) -> bool:
    """Whether `antigravity-proxy` followed by these words is a command."""
    command: click.Command | None = main
    for word in words.split():
        if not isinstance(command, click.Group):
            return False
        command = command.get_command(click.Context(command), word)
    return command is not None
