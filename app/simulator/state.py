"""Everything a running simulator knows and tests may change: the `World`.

Built from options, changed by scenarios, the admin API and tests. Holds state only; what is done with it
lives in the routes.
"""

import hashlib
from collections import Counter
from random import Random
from typing import Any, Literal

from msgspec import Struct, field

from app.simulator.accounts import Directory, SimAccount, make_account
from app.simulator.bench import BenchKnobs
from app.simulator.catalog import Catalog, Model, load_catalog
from app.simulator.clock import Clock
from app.simulator.faults import Fault, FaultBook, Matcher, Occasion
from app.simulator.journal import Journal
from app.simulator.misbehaviour import Watch
from app.simulator.options import Profile, SimulatorOptions
from app.simulator.quota import CapacityRule, QuotaBook, RateLimiter
from app.simulator.signatures import SignatureSmith, Strictness

Check = Literal[
    "proto",
    "project",
    "version",
    "stream_only",
    "contents",
    "tools",
    "pairing",
    "signatures",
    "config",
    "context",
]
CACHE_TTL_S = 300.0
MAX_SESSIONS = 10_000


class Knobs(Struct, kw_only=True):
    """What may be turned while the simulator runs."""

    checks_off: set[Check] = field(default_factory=set)
    lenient_schema: bool = False
    signature_strictness: Strictness = "integrity"
    signatures_of_every_group: bool = False
    corrupted_signature_as_vertex: bool = False
    min_version: str | None = None
    version_rendering: Literal["text", "candidate"] = "text"
    version_text: str | None = None
    identity_text: str | None = None
    identity_answer: Literal["429", "400"] = "429"
    gzip: bool = True
    gzip_streams: bool = False
    line_end: Literal["crlf", "lf"] = "crlf"
    token_life_s: int = 3599
    token_delay_s: float = 0.0
    gemini_call_ids: bool = True
    echo: bool = False
    standing_directives: str = ""
    text_tokens: int | None = None
    image_bytes: int | None = None
    metadata_member: bool = False
    sim_sent_ns: bool = False
    use_cache: bool = True
    login_email: str | None = None
    deny_login: bool = False


class Script(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prepared answer: when `match` fits, the model says exactly these parts, in one chunk each."""

    match: Matcher = Matcher()
    parts: tuple[dict[str, Any], ...] = ()
    finish: str | None = "STOP"
    usage: dict[str, int] | None = None
    times: int | None = None


class ScriptBook(Struct):
    """Scripts in order; the first that fits and is not used up answers."""

    scripts: list[Script] = field(default_factory=list)
    used: Counter[int] = field(default_factory=Counter)
    seen: Counter[int] = field(default_factory=Counter)

    def pick(self, occasion: Occasion) -> Script | None:
        """The script for an occasion; counts its use."""
        for index, script in enumerate(self.scripts):
            if not script.match.fits(occasion):
                continue
            self.seen[index] += 1
            is_due = script.match.nth in {None, self.seen[index]}
            if is_due and (script.times is None or self.used[index] < script.times):
                self.used[index] += 1
                return script
        return None


class PromptCache(Struct):
    """Remembers prompt prefixes of a session, so that repeated ones count as cached."""

    known: dict[tuple[str, str], tuple[float, list[str], list[int]]] = field(default_factory=dict)

    def cached_tokens(self, key: tuple[str, str], pieces: list[tuple[str, int]], now: float) -> int:
        """Tokens of the longest common prefix with the last prompt under `key`; stores the new one."""
        digests = [hashlib.sha256(text.encode()).hexdigest() for text, _ in pieces]
        sizes = [size for _, size in pieces]
        seen_at, old_digests, _ = self.known.get(key, (0.0, [], []))
        self.known[key] = (now, digests, sizes)
        if len(self.known) > MAX_SESSIONS:
            del self.known[next(iter(self.known))]
        if now - seen_at > CACHE_TTL_S:
            return 0
        total = 0
        for old, new, size in zip(old_digests, digests, sizes, strict=False):
            if old != new:
                break
            total += size
        return total if total > 1024 else 0


class Operation(Struct):
    """An onboarding that is under way."""

    name: str
    account_id: str
    polls_left: int


class World:
    """One simulated backend. `reset()` brings back the state at start."""

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.clock = Clock(options.clock, start=options.clock_start, factor=options.clock_factor)
        self.journal = Journal(options.journal_path)
        self.watch = Watch(self.journal.blame)
        self._build()

    def reset(self) -> None:
        """Back to the state before the scenario; the clock and what is still open stay."""
        self.journal.clear()
        self.watch.clear()
        self._build()

    def _build(self) -> None:
        options = self.options
        self.seed = options.seed
        self.profile: Profile = options.profile
        self.directives = options.directives
        self.scenario = ""
        self.catalog: Catalog = load_catalog(options.catalog)
        self.directory = Directory([make_account(self.seed, n + 1) for n in range(options.accounts)])
        self.knobs = Knobs()
        self.bench = BenchKnobs()
        self.quota = QuotaBook()
        self.limiter = RateLimiter()
        self.capacity: list[CapacityRule] = []
        self.live_streams: Counter[tuple[str, str]] = Counter()
        self.faults = FaultBook(Random(f"faults {self.seed}"))  # noqa: S311 - determinism is the point
        self.chance = Random(f"chance {self.seed}")  # noqa: S311
        self.secrets = Random(f"tokens {self.seed}")  # noqa: S311
        self.scripts = ScriptBook()
        self.cache = PromptCache()
        self.operations: dict[str, Operation] = {}
        self.smith = SignatureSmith(self.seed)
        self._requests = 0

    def request_rng(self) -> Random:
        """The dice of one request: the same for the n-th request of a seed."""
        self._requests += 1
        return Random(f"request {self.seed} {self._requests}")  # noqa: S311 - determinism is the point

    def rewind(self) -> None:
        """The next requests are answered in the words of the first ones; nothing else is forgotten."""
        self._requests = 0

    def add_account(self, **changes: object) -> SimAccount:
        """One more account, made from the seed and then changed."""
        account = make_account(self.seed, len(self.directory.accounts) + 1, **changes)
        self.directory.accounts.append(account)
        return account

    def model_for(self, model_id: str, account: SimAccount) -> Model | None:
        """The model if the catalogue has it and the account may use it."""
        model = self.catalog.find(model_id)
        return model if model is not None and account.offers(model.id) else None

    def strike(self, occasion: Occasion) -> list[Fault]:
        """The fault rules that hit an occasion."""
        return self.faults.strike(occasion)
