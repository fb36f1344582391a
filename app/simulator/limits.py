"""Step 16 of upstream.md 9.3: fault rules, rate limiter, quota, capacity of the model.

Raises `Refused` where one of them says no; books the use of quota where they say yes.
"""

from fnmatch import fnmatchcase

from app.simulator import errors
from app.simulator.accounts import SimAccount
from app.simulator.catalog import Model
from app.simulator.errors import ErrorFacts, ErrorReply, Refused, template
from app.simulator.faults import Fault, Occasion
from app.simulator.inbound import Inbound
from app.simulator.quota import CapacityRule
from app.simulator.render import Json, pretty_json

MINIMUM_CREDITS = 50


def facts_of(inbound: Inbound, fault: Fault | None = None) -> ErrorFacts:
    """What error templates may mention about this request."""
    entry = inbound.entry
    return ErrorFacts(
        now=inbound.world.clock.now(),
        rng=inbound.rng,
        model=entry.model or "gemini-3-flash",
        project=entry.project or "zinc-cell-6bkmb",
        method=inbound.method[:1].upper() + inbound.method[1:],
        delay_s=fault.delay_s if fault else None,
        message=fault.message if fault else None,
    )


def occasion_of(
    inbound: Inbound, *, model: Model | None = None, text: str = "", request_type: str = ""
) -> Occasion:
    """This request as fault rules and scripts see it."""
    entry = inbound.entry
    return Occasion(
        now=inbound.world.clock.now(),
        host=inbound.host,
        method=inbound.method,
        account=entry.account,
        email=entry.email,
        project=entry.project,
        model=entry.model,
        family=model.family if model else "",
        group=model.group if model else "",
        request_type=request_type,
        text=text,
        is_stream=inbound.is_stream,
        headers=inbound.request.headers,
    )


def fault_reply(fault: Fault, facts: ErrorFacts) -> ErrorReply:
    """The error of a template rule, in the variant that the rule asks for."""
    reply = template(fault.effect, facts)
    if reply.raw is not None or not (fault.wrapped or fault.errors_member or fault.truncated):
        return reply
    error: dict[str, Json] = dict(reply.error)
    if fault.errors_member:
        entry: dict[str, Json] = {"message": error["message"], "domain": "global", "reason": "badRequest"}
        error["errors"] = [entry]
    whole: object = {"error": error}
    body = pretty_json([whole] if fault.wrapped else whole)
    if fault.truncated:
        body = body[: len(body) * 2 // 3]
    return ErrorReply(reply.status, error, raw=body)


def check_rate(inbound: Inbound, account: SimAccount, model: Model) -> None:
    """429 a when the account calls the model too often."""
    now = inbound.world.clock.now()
    wait = inbound.world.limiter.wait_s(account.id, model.id, now)
    if wait > 0:
        raise Refused(
            errors.rate_limited(inbound.entry.model, wait, now), why=f"rate limited for {wait:.3f} s"
        )


def check_quota(inbound: Inbound, account: SimAccount, model: Model, *, pays: bool = False) -> int:
    """429 b when a window of the group is used up.

    A request that `pays` goes on with credits instead, and their number is returned; 429 d without any.
    """
    world = inbound.world
    now = world.clock.now()
    windows = world.quota.of(account.id, inbound.host, model.group, scale=account.quota_scale)
    until = world.quota.exhausted_until(windows, now)
    if until is None:
        return 0
    if not pays:
        reply = errors.quota_exhausted(inbound.entry.model, until - now, now)
        raise Refused(reply, why="the quota is used up")
    credits_left = account.credits or 0
    if credits_left < MINIMUM_CREDITS:
        raise Refused(template("429_credits", facts_of(inbound)), why="the credits are used up")
    price = max(1, round(model.weight))
    account.credits = credits_left - price
    return price


def spend_quota(inbound: Inbound, account: SimAccount, model: Model, tokens: int) -> None:
    """Book one answer."""
    world = inbound.world
    units = model.weight * (tokens / 1000 if world.quota.per_token else 1)
    now = world.clock.now()
    for window in world.quota.of(account.id, inbound.host, model.group, scale=account.quota_scale).values():
        window.spend(units, now)


def check_capacity(inbound: Inbound, model: Model) -> None:
    """503 when the model has no room on this host."""
    world = inbound.world
    rule = next((rule for rule in world.capacity if _fits(rule, inbound.host, model.id)), None)
    if rule is None:
        return
    is_full = rule.max_streams is not None and world.live_streams[inbound.host, model.id] >= rule.max_streams
    if is_full or world.chance.random() < rule.probability:
        reply = errors.capacity(inbound.entry.model, delay_s=rule.retry_delay_s)
        raise Refused(reply, why="the model has no capacity")


def announced_wait_s(reply: ErrorReply) -> float | None:
    """The wait that an account-bound refusal names, for the watch."""
    if reply.status != 429:
        return None
    details = reply.error.get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and "retryDelay" in detail:
            return float(str(detail["retryDelay"]).removesuffix("s"))
    return None


def _fits(rule: CapacityRule, host: str, model: str) -> bool:
    return fnmatchcase(host, rule.host) and fnmatchcase(model, rule.model)
