"""The order in which addons are called: that of the list, bent by what they say about each other. Pure."""

from collections.abc import Sequence

from app.hooks.errors import AddonRefused
from app.hooks.member import Member


def ordered(members: Sequence[Member]) -> tuple[Member, ...]:
    """The members, each behind those it comes after; ties as in the list.

    Names that nobody has are ignored: an addon may speak of one that is not loaded. Raises AddonRefused
    for a circle and for a name that two have.
    """
    names = [member.name for member in members]
    for name in names:
        if names.count(name) > 1:
            raise AddonRefused(f"Two addons are called `{name}`; give one of them another `name`.")
    waits = {member.name: _waits_for(member, members) for member in members}
    left, out = list(members), list[Member]()
    while left:
        following = next((one for one in left if not waits[one.name] & {other.name for other in left}), None)
        if following is None:
            circle = ", ".join(f"`{one.name}`" for one in left)
            raise AddonRefused(
                f"The addons {circle} want to be before each other; drop a `before` or `after`."
            )
        left.remove(following)
        out.append(following)
    return tuple(out)


def _waits_for(member: Member, members: Sequence[Member]) -> set[str]:
    return {*member.after, *(other.name for other in members if member.name in other.before)}
