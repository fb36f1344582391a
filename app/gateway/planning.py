"""Makes plans: the shipped stages with their collaborators, and what addons put between them.

A changed roster of addons is a new plan, made of new stages over the same collaborators; flows that run
keep the plan they began with.
"""

from collections.abc import Callable, Sequence

from app.clock import Clock
from app.flow import Flow
from app.gateway.reach import Reach
from app.gateway.stages import shipped_plan
from app.hooks.additions import AddedStage
from app.hooks.table import HookTable
from app.ids import Ids
from app.images import ImageDesk, ImageLimits
from app.pipeline.breaker import Breakers
from app.pipeline.budget import RetryBudget
from app.pipeline.plan import Plan
from app.pipeline.stages.admit import Admit, Floor
from app.pipeline.stages.answer import GiveOwnAnswer
from app.pipeline.stages.authenticate import Authenticate, KeyRing
from app.pipeline.stages.convert import Convert
from app.pipeline.stages.count import Count
from app.pipeline.stages.lease import Borrow
from app.pipeline.stages.models import ListModels, ShowModel
from app.pipeline.stages.normalize_images import LINK_POLICY, LinkPolicy, NormalizeImages
from app.pipeline.stages.read import Read
from app.pipeline.stages.relay import Relay, Silence
from app.pipeline.stages.sanitize_thinking import SanitizeThinking
from app.pipeline.tries import TryLimits
from app.settings.schema import Settings
from app.signatures import SignatureMemory
from app.throttle import GuessLimits, Throttle
from app.upstreams.fetch import SafeFetcher

_WRONG_KEY_EVERY_S = 2.0


class Planner:
    """Holds what the stages work with. `plan` may be asked for any number of times."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        *,
        reach: Reach,
        memory: SignatureMemory,
        keys: KeyRing,
        floor: Floor,
        begun: Callable[[Flow], None] = lambda _: None,
    ) -> None:
        """`begun` is told of each flow whose first attempt starts.

        `reach` and `settings` may be set anew between plans.
        """
        self.reach = reach
        self.settings = settings
        images = settings.images
        self._clock = clock
        self._ids = ids
        self._memory = memory
        self._keys = keys
        self._floor = floor
        self._guesses = _guesses(settings, clock)
        self._begun = begun
        self.budget = RetryBudget(settings.pool.retry_budget)
        self.breakers = Breakers(clock)
        self._desk = ImageDesk(
            ImageLimits(max_bytes=images.image_max_bytes, max_pixels=images.image_max_pixels)
        )
        self._fetcher = SafeFetcher(allow_hosts=frozenset(images.fetch_allow_hosts))

    async def aclose(self) -> None:
        """Close what the stages work with; to be called when no flow runs any more."""
        await self._fetcher.aclose()

    def plan(self, hooks: HookTable, added: Sequence[AddedStage] = ()) -> Plan:
        """The plan with these hooks and stages. Raises UnknownStage."""
        plan = self._shipped(hooks)
        if hooks.prompt_read:
            plan = plan.inserted(GiveOwnAnswer(self._ids), after="admit")
        return plan.with_stages(added)

    def _shipped(self, hooks: HookTable) -> Plan:
        settings, clock, reach = self.settings, self._clock, self.reach
        limits = settings.limits
        tries = TryLimits(
            unclear=settings.pool.max_unclear_attempts,
            before_output_s=limits.before_output_s,
            waiting_s=settings.pool.retry_wait_s,
        )
        silence = Silence(first_event_s=limits.before_output_s, idle_s=limits.idle_s)
        return shipped_plan(
            authenticate=Authenticate(self._keys, hooks, self._guesses),
            read=Read(clock, hooks),
            admit=Admit(reach.catalog, self._floor),
            sanitize_thinking=SanitizeThinking(self._memory),
            normalize_images=NormalizeImages(
                self._desk,
                self._fetcher,
                links=_link_policy(settings),
                fetch_s=settings.images.fetch_timeout_s,
            ),
            convert=Convert(lambda _: reach.upstream),
            lease=Borrow(
                reach.lender,
                clock,
                tries,
                settings.pool.lease_wait_s,
                hooks,
                budget=self.budget,
                breakers=self.breakers,
                begun=self._begun,
            ),
            relay=Relay(reach.upstream, clock, self._ids, silence, hooks),
            count=Count(),
            list_models=ListModels(reach.catalog),
            show_model=ShowModel(reach.catalog),
            hooks=hooks,
        )


def _guesses(settings: Settings, clock: Clock) -> Throttle | None:
    """What counts wrong client keys, if anything does."""
    most = settings.server.wrong_keys_per_source
    return Throttle(clock, GuessLimits(most, _WRONG_KEY_EVERY_S)) if most else None


def _link_policy(settings: Settings) -> dict[str, LinkPolicy]:
    """What becomes of addresses in prompts, where the operator decided against each API's own way."""
    policies: dict[str, LinkPolicy | None] = {"on": "fetch", "off": "refuse", "auto": None}
    policy = policies[settings.images.fetch_image_urls]
    return {} if policy is None else dict.fromkeys(LINK_POLICY, policy)
