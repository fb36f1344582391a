"""Who is signed in, and the end of sessions. Never: begins one; that is at the door."""

from app.admin.auth import Door
from app.admin.refusals import Refused
from app.admin.schemas.sessions import SessionList, SessionView
from app.gateway.parts import Gateway
from app.store.sessions import Session

_SHOWN_ID = 6


class SessionDesk:
    """Acts on sessions. `owner` is the session that asks, "" for the password itself.

    `actor` is the same for the audit log.
    """

    def __init__(self, gateway: Gateway, door: Door) -> None:
        self._sessions = gateway.store.sessions
        self._audit = gateway.store.audit
        self._door = door

    async def all(self, owner: str) -> SessionList:
        """Everybody who is signed in, newest first."""
        found = await self._sessions.all()
        return SessionList(
            sessions=[_view(session, owner) for session in found], password=self._door.password_use
        )

    async def end(self, session: str, actor: str) -> None:
        """End one session. Raises Refused."""
        if not await self._sessions.end(session):
            raise Refused(404, "not_found", "There is no session of that id.")
        await self._audit.note(actor, "session.end", session[:_SHOWN_ID])

    async def end_others(self, owner: str, actor: str) -> int:
        """Sign out everybody but one session; gives how many ended."""
        ended = await self._sessions.end_all(but=owner)
        await self._audit.note(actor, "sessions.end", "", {"ended": ended})
        return ended


def _view(session: Session, owner: str) -> SessionView:
    return SessionView(
        id=session.id,
        created_at=session.created_at,
        expires_at=session.expires_at,
        last_seen_at=session.last_seen_at,
        peer=session.peer,
        agent=session.agent,
        is_yours=session.id == owner,
    )
