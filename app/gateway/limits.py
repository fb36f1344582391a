"""The pool's share of the settings; asked anew when a knob is turned."""

from app.pool.model import PoolLimits
from app.settings.schema import Settings


def pool_limits(settings: Settings) -> PoolLimits:
    """Caps and order of the pool as the settings want them."""
    return PoolLimits(
        per_account=settings.pool.max_concurrent_per_account,
        per_model=settings.pool.max_concurrent_per_model,
        line=settings.pool.waiting_line,
        probe_s=settings.pool.cooldown_max_s,
        strategy=settings.pool.pool_strategy,
    )
