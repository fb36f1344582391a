"""Who is an administrator: whoever knows the password, or has a session that somebody with it began.

A session is a row in the database; its token only names it, signed with a key that changes when the
password or JWT_SECRET does, so that changing either ends all sessions. Guesses are throttled on every path.
Source: threats.md S02 to S05. Never: keeps or logs a password or a token.
"""

import asyncio
import hashlib
import hmac
from typing import Any, Final

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from msgspec import Struct

from app.admin.refusals import Refused
from app.admin.throttle import Throttle
from app.clock import Clock
from app.ids import random_token
from app.settings.schema import Admin
from app.store.sessions import Session, StoredSessions

SESSION_S = 12 * 3600.0
_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "antigravity-proxy admin"
_TYPE: Final = "session"
_CLAIMS: Final = ["aud", "exp", "iat", "sid", "typ"]
_LONGEST_PASSWORD = 1024
_SEEN_EVERY_S = 60.0


class Peer(Struct, frozen=True):
    """Who knocks: an address, and what it calls itself."""

    address: str
    agent: str = ""


class NewSession(Struct, frozen=True):
    """A session that has just begun. `token` is shown this once."""

    token: str
    session: Session

    def __repr__(self) -> str:
        return f"NewSession({self.session.id!r}, ***)"


class PasswordUse(Struct, frozen=True, kw_only=True):
    """The password sent as a bearer token: whether it is taken, and when it last was since the start."""

    is_taken: bool
    last_used_at: float | None = None
    last_used_from: str = ""


class Door:
    """Lets administrators in. `settings` has a password and a secret."""

    def __init__(self, settings: Admin, sessions: StoredSessions, clock: Clock) -> None:
        self._password = settings.admin_password or ""
        self._password_use = PasswordUse(is_taken=settings.admin_password_bearer_compat)
        self._sessions = sessions
        self._clock = clock
        self._throttle = Throttle(clock)
        # Sized for a check of some 30 ms; two at once, so that guesses cannot take all memory and cores.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._at_once = asyncio.Semaphore(2)
        self._hash: str | None = None
        self._key = _derived(settings.jwt_secret or "", salt=self._password, purpose="admin sessions")
        self._known = _derived(random_token(32), salt="", purpose="the password that was right")
        self._right: bytes | None = None

    @property
    def password_use(self) -> PasswordUse:
        """How it stands with the password as a bearer token. Source: threats.md S03."""
        return self._password_use

    async def begin_session(self, password: str, peer: Peer) -> NewSession:
        """Sign in with the password. Raises Refused."""
        await self._check(password, peer)
        return await self.begin_trusted(peer)

    async def begin_trusted(self, peer: Peer) -> NewSession:
        """A session for somebody who has proved otherwise to be the administrator."""
        now = self._clock.now()
        session = Session(
            id=random_token(32),
            created_at=now,
            expires_at=now + SESSION_S,
            last_seen_at=now,
            peer=peer.address,
            agent=peer.agent,
        )
        await self._sessions.begin(session)
        return NewSession(self._token(session), session)

    async def admit(self, authorization: str, peer: Peer) -> Session | None:
        """The session behind an `Authorization` header; None for the password itself. Raises Refused."""
        scheme, _, presented = authorization.partition(" ")
        presented = presented.strip()
        if scheme.lower() != "bearer" or not presented:
            raise _stranger("Send `Authorization: Bearer` with a token of `POST /admin/api/session`.")
        session_id = self._session_id(presented)
        if session_id is not None:
            return await self._live(session_id)
        if not self._password_use.is_taken:
            raise _stranger("The token is not valid. Sign in with `POST /admin/api/session`.")
        await self._check(presented, peer)
        self._password_use = PasswordUse(
            is_taken=True, last_used_at=self._clock.now(), last_used_from=peer.address
        )
        return None

    async def admit_token(self, token: str) -> Session:
        """The session behind a token of ours. Raises Refused."""
        session_id = self._session_id(token)
        if session_id is None:
            raise _stranger("The session has ended. Sign in again.")
        return await self._live(session_id)

    async def end(self, session: str) -> None:
        """Sign out."""
        await self._sessions.end(session)

    async def confirm(self, password: str, peer: Peer) -> None:
        """Ask for the password once more, before something that cannot be taken back. Raises Refused."""
        try:
            await self._check(password, peer)
        except Refused as error:
            if error.status != 401:
                raise
            raise Refused(403, "wrong_password", error.message, where="password") from error

    def csrf(self, session: str) -> str:
        """What a page of ours sends along with every change, good for that session only."""
        return hmac.new(self._key, f"csrf {session}".encode(), hashlib.sha256).hexdigest()

    async def _check(self, password: str, peer: Peer) -> None:
        """Whether that is the password; a right one that was seen before costs next to nothing."""
        mark = hmac.digest(self._known, password.encode("utf-8", "surrogatepass"), hashlib.sha256)
        if self._right is not None and hmac.compare_digest(mark, self._right):
            return
        if (wait_s := self._throttle.wait_s(peer.address)) > 0:
            raise Refused(
                429, "too_many_attempts", "Too many wrong passwords. Wait a little.", retry_after_s=wait_s
            )
        self._throttle.take(peer.address)
        if not self._password or len(password) > _LONGEST_PASSWORD or not await self._verified(password):
            raise _stranger("The password is wrong.")
        self._throttle.give_back(peer.address)
        self._right = mark

    async def _verified(self, password: str) -> bool:
        async with self._at_once:
            return await asyncio.to_thread(self._verify, password)

    def _verify(self, password: str) -> bool:
        if self._hash is None:
            self._hash = self._hasher.hash(self._password)
        try:
            return self._hasher.verify(self._hash, password)
        except VerificationError:
            return False

    async def _live(self, session_id: str) -> Session:
        session = await self._sessions.find(session_id)
        if session is None:
            raise _stranger("The session has ended. Sign in again.")
        if self._clock.now() - session.last_seen_at > _SEEN_EVERY_S:
            await self._sessions.seen(session_id)
        return session

    def _token(self, session: Session) -> str:
        claims = {
            "sid": session.id,
            "typ": _TYPE,
            "aud": _AUDIENCE,
            "iat": int(session.created_at),
            "exp": int(session.expires_at),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def _session_id(self, token: str) -> str | None:
        """The session that a token of ours names, None for anything else."""
        if len(token) > _LONGEST_PASSWORD:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                # Time is asked of our own clock, and of the session's row.
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        is_ours = claims["typ"] == _TYPE and isinstance(claims["sid"], str)
        is_fresh = isinstance(claims["exp"], int) and claims["exp"] > self._clock.now()
        return claims["sid"] if is_ours and is_fresh else None


def _stranger(message: str) -> Refused:
    return Refused(401, "unauthenticated", message)


def _derived(secret: str, *, salt: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose. Source: RFC 5869, HKDF with SHA-256, one block."""
    extracted = hmac.digest(salt.encode() or bytes(32), secret.encode(), hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)
