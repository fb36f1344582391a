"""How an attempt ended, read from the error that ended it.

Pure. The table of what an error means is in `app.errors`; here it only meets the rules of blame:
a request's fault and a network's fault are not the account's. Source: faults.md 1, rules 7 to 10.
"""

from app.errors import GatewayError, UpstreamError, UpstreamUnreachable
from app.pool.model import Outcome
from app.verdicts import Cool

OK = Outcome(word="ok")
NEUTRAL = Outcome(word="neutral")


def outcome_of(error: BaseException | None) -> Outcome:
    """The outcome of an attempt that `error` ended, None for one that went well.

    Whatever is no upstream error says nothing about the account: the caller left, or something of our own.
    """
    if error is None:
        return OK
    if not isinstance(error, UpstreamError):
        return NEUTRAL
    verdict = error.verdict
    soft = verdict.unclear and verdict.cool is Cool.NOTHING and not _is_of_the_route(error)
    if not (soft or verdict.flag or verdict.mark) and verdict.cool is Cool.NOTHING:
        return NEUTRAL
    return Outcome(
        word="failed",
        why=error.kind,
        message=error.detail or error.message,
        cool=verdict.cool,
        cool_s=verdict.cool_s,
        mark=verdict.mark,
        link=verdict.link,
        soft=soft,
        flag=verdict.flag,
    )


def _is_of_the_route(error: GatewayError) -> bool:
    """Names, proxies and certificates fail for every account alike. A reset may be about this one."""
    return isinstance(error, UpstreamUnreachable) and error.kind != "reset_before_headers"
