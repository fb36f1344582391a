"""Signing in to the admin API. Never: a password in an answer."""

from msgspec import Struct

from app.admin.auth import PasswordUse
from app.admin.schemas.base import Body, Text


class PasswordBody(Body, frozen=True, kw_only=True):
    """The administrator's password."""

    password: Text


class SessionToken(Struct, frozen=True, kw_only=True):
    """A session's token, to be sent as `Authorization: Bearer`."""

    token: str
    expires_at: float


class SessionView(Struct, frozen=True, kw_only=True):
    """One signed-in administrator. `is_yours`: it is the one that asks."""

    id: str
    created_at: float
    expires_at: float
    last_seen_at: float
    peer: str
    agent: str
    is_yours: bool


class SessionList(Struct, frozen=True, kw_only=True):
    """Everybody who is signed in, newest first. `password` is about those who send the password itself."""

    sessions: list[SessionView]
    password: PasswordUse
