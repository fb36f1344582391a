"""What all requests and answers of the admin API are made of."""

from typing import Annotated

import msgspec
from msgspec import Struct

from app.plain import EMAIL_PATTERN, LONGEST_EMAIL

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=LONGEST_EMAIL, pattern=EMAIL_PATTERN)]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent to the API. Fields that it does not know are refused."""


class Problem(Struct, frozen=True, kw_only=True):
    """Why something was not done. `where` is the field that is wrong."""

    code: str
    message: str
    where: str | None = None
