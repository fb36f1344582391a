"""Carries out the fault rules that come before or instead of an answer.

Delays, broken connections, error answers, answers that are no stream. What happens within a stream is the
business of `deviations` and `delivery`.
"""

from collections.abc import Sequence

from app.simulator import limits
from app.simulator.errors import Refused
from app.simulator.faults import Fault
from app.simulator.inbound import Inbound
from app.simulator.oddities import ODDITIES

_FOREVER_S = 1e9


class Broken(Exception):
    """A fault rule has answered in its own way; there is nothing left to say."""


async def strike(inbound: Inbound) -> list[Fault]:
    """Ask the fault rules about a method that has no model, and carry out what comes before an answer."""
    faults = inbound.world.strike(limits.occasion_of(inbound))
    await carry_out(inbound, faults)
    return faults


async def carry_out(inbound: Inbound, faults: Sequence[Fault]) -> None:
    """Do what the rules ask for; raises `Refused` or `Broken` where that leaves no other answer."""
    inbound.entry.effects.extend(fault.effect for fault in faults)
    for fault in faults:
        await _carry_out(inbound, fault)


def gzip_wish(inbound: Inbound) -> bool | None:
    """What the rules that struck say about compression; None when they leave it to the client."""
    rules = inbound.world.faults.rules().values()
    wanted = [rule.gzip for rule in rules if rule.effect in inbound.entry.effects and rule.gzip is not None]
    return wanted[0] if wanted else None


async def _carry_out(inbound: Inbound, fault: Fault) -> None:
    clock, exchange = inbound.world.clock, inbound.exchange
    if fault.effect in {"delay", "hang"}:
        usual_s = 1.0 if fault.effect == "delay" else _FOREVER_S
        await clock.sleep(usual_s if fault.delay_s is None else fault.delay_s)
    elif fault.effect == "refuse":
        exchange.close()
        raise Broken
    elif fault.effect == "reset":
        exchange.reset()
        raise Broken
    elif fault.effect == "close_idle":
        exchange.close_after(0.05 if fault.delay_s is None else fault.delay_s)
    elif fault.effect in ODDITIES:
        await ODDITIES[fault.effect](inbound, fault)
        raise Broken
    elif fault.is_template:
        reply = limits.fault_reply(fault, limits.facts_of(inbound, fault))
        raise Refused(reply, why=f"fault {fault.effect}")
