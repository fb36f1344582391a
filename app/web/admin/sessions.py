"""Signing in, seeing who is signed in, signing out."""

from quart import Blueprint, g
from quart_schema import security_scheme, validate_request, validate_response

from app.admin.api.sessions import SessionDesk
from app.admin.auth import Door
from app.admin.schemas.sessions import PasswordBody, SessionList, SessionToken
from app.web.admin.guard import actor, owner


def add_sessions(api: Blueprint, desk: SessionDesk, door: Door) -> None:
    @api.post("/session")
    @security_scheme([])
    @validate_request(PasswordBody)
    @validate_response(SessionToken, 201)
    async def begin_session(data: PasswordBody) -> tuple[SessionToken, int]:
        """Sign in with the password."""
        begun = await door.begin_session(data.password, g.peer)
        return SessionToken(token=begun.token, expires_at=begun.session.expires_at), 201

    @api.delete("/session")
    async def end_session() -> tuple[str, int]:
        """Sign out."""
        await door.end(owner())
        return "", 204

    @api.get("/sessions")
    @validate_response(SessionList)
    async def list_sessions() -> SessionList:
        """Tell who is signed in, and when the password itself was last sent."""
        return await desk.all(owner())

    @api.delete("/sessions")
    async def end_other_sessions() -> tuple[str, int]:
        """Sign out everywhere else."""
        await desk.end_others(owner(), actor())
        return "", 204

    @api.delete("/sessions/<session>")
    async def revoke_session(session: str) -> tuple[str, int]:
        """End a session."""
        await desk.end(session, actor())
        return "", 204
