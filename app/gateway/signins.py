"""Signing accounts in: a page to agree on, then what the browser was sent back with.

Each sign-in has a random state and a PKCE verifier of its own, is good for ten minutes and for one account,
and belongs to whoever began it. Never: logs a code, a token or a page.
"""

import hmac
from typing import Protocol

from msgspec import Struct

from app.clock import Clock
from app.errors import BadRequest, NotFound
from app.ids import random_token
from app.upstreams.antigravity.oauth import SignIn, new_verifier, read_callback

REDIRECT_URI = "http://localhost:51121/oauth-callback"
LASTS_S = 600.0
MOST_OPEN = 100


class SignInPage(Struct, frozen=True):
    """A sign-in that was begun. `url` is the page on which the owner of an account agrees."""

    id: str
    url: str
    state: str
    ends_at: float

    def __repr__(self) -> str:
        return f"SignInPage({self.id!r}, ***)"


class SignedIn(Struct, frozen=True):
    """An account that agreed. `email` is None where the upstream did not tell it."""

    email: str | None
    refresh_token: str

    def __repr__(self) -> str:
        return f"SignedIn({self.email!r}, ***)"


class _Open(Struct, frozen=True):
    page: SignInPage
    verifier: str
    redirect_uri: str
    owner: str


class OAuth(Protocol):
    """What a sign-in asks of the upstream; see `AntigravityOAuth`."""

    def authorization_url(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """The page on which the owner of an account agrees."""
        ...

    async def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> SignIn:
        """Turn a code into tokens."""
        ...

    async def email(self, access_token: str) -> str | None:
        """The address of the account behind a token."""
        ...


class SignIns:
    """The sign-ins that are under way."""

    def __init__(self, oauth: OAuth, clock: Clock) -> None:
        self._oauth = oauth
        self._clock = clock
        self._open: dict[str, _Open] = {}

    def begin(self, *, owner: str = "", redirect_uri: str = REDIRECT_URI) -> SignInPage:
        """A new sign-in of `owner`. Raises OAuthClientRejected when no client is set."""
        self._forget_old()
        state, verifier = random_token(32), new_verifier()
        url = self._oauth.authorization_url(redirect_uri=redirect_uri, state=state, verifier=verifier)
        page = SignInPage(random_token(16), url, state, self._clock.now() + LASTS_S)
        self._open[page.id] = _Open(page, verifier, redirect_uri, owner)
        return page

    def page(self, sign_in: str, *, owner: str = "") -> SignInPage | None:
        """A sign-in that is under way and belongs to `owner`, else None."""
        self._forget_old()
        found = self._open.get(sign_in)
        return found.page if found is not None and found.owner == owner else None

    async def finish(self, sign_in: str, pasted: str, *, owner: str = "") -> SignedIn:
        """Turn what the browser came back with into an account; what was pasted wrongly may be corrected.

        Raises NotFound for a sign-in that is not under way, BadRequest with a word about what was pasted, and
        UpstreamErrors.
        """
        self._forget_old()
        found = self._open.get(sign_in)
        if found is None or found.owner != owner:
            raise NotFound("That sign-in is over, or was never begun. Begin again.")
        callback = read_callback(pasted)
        if callback.state is not None and not hmac.compare_digest(
            callback.state.encode(), found.page.state.encode()
        ):
            raise BadRequest("That address belongs to another sign-in. Open the page of this one.")
        # A code is good for one exchange: from here on the sign-in is over, however the exchange ends.
        self._open.pop(sign_in, None)
        tokens = await self._oauth.exchange(
            code=callback.code, redirect_uri=found.redirect_uri, verifier=found.verifier
        )
        return SignedIn(await self._oauth.email(tokens.access_token), tokens.refresh_token)

    def is_under_way(self, sign_in: str) -> bool:
        """Whether `finish` may still be called for it."""
        return sign_in in self._open

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._open = {name: one for name, one in self._open.items() if one.page.ends_at > now}
        while len(self._open) >= MOST_OPEN:
            del self._open[next(iter(self._open))]
