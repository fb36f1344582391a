"""What an administrator is told when something cannot be done: status, code, a sentence, and where."""

from math import ceil

from app.errors import BadRequest, GatewayError


class Refused(Exception):
    """A request of the admin API that is not answered."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        where: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.where = where
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """What goes along with the body."""
        if self.status == 401:
            return {"www-authenticate": "Bearer"}
        return {} if self.retry_after_s is None else {"retry-after": str(ceil(self.retry_after_s))}


def refused(error: GatewayError) -> Refused:
    """The same as an administrator should read it. The upstream's 401 and 403 are not the administrator's."""
    where = error.where if isinstance(error, BadRequest) else None
    return Refused(error.status, error.code, error.message, where=where, retry_after_s=error.retry_after_s)
