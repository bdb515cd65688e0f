"""What went wrong with Claims360, named by what the caller does about it. No text here ever holds a key."""

from typing import Any

OBEYED = ("rate-limited", "maintenance")  # codes with which Claims360 says when to come back


class Claims360Error(Exception):
    """`code` is a machine's word for it, and a code of `dossiers.sentences` where people meet it."""

    def __init__(self, code: str, detail: str = "", correlation_id: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.correlation_id = code, detail, correlation_id

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class TryLater(Claims360Error):
    """An outage, a limit, a timeout: nothing is wrong with what was asked. `retry_after` in seconds, where known."""

    def __init__(
        self, code: str, detail: str = "", correlation_id: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(code, detail, correlation_id)
        self.retry_after = retry_after


class Unreachable(TryLater):
    """No connection, or no answer in time."""


class UnreadableAnswer(TryLater):
    """An answer that is no answer: cut, empty, HTML, of another type."""


class BadCredentials(Claims360Error):
    """401 or 403: the key is unknown, or the other key is needed."""


class CursorExpired(Claims360Error):
    """410: start the feed again without a cursor; nothing held is lost by it."""


class Rejected(Claims360Error):
    """Refused for good: asking the same again gives the same. `errors` names fields where Claims360 does."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        correlation_id: str = "",
        *,
        status: int = 0,
        errors: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(code, detail, correlation_id)
        self.status, self.errors = status, errors or []


class NotFound(Rejected):
    """404: not there, or another body shop's."""


class MissionClosed(Rejected):
    """409: the mission takes nothing any more."""
