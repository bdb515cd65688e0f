"""The log: one line a message, with its time and zone and the id of what it belongs to; nothing personal in it."""

import datetime as dt
import json
import logging

from planmanager.privacy import masked
from repairers.tracing import current_id

OF_LOGINS = ("axes", "repairers")  # who logged in, and by which name, is what these are for


class OneLine(logging.Formatter):
    """A line break in a message (somebody typed it as a user name) begins no line that looks like one of ours."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging names it)
        record.request_id = current_id() or "-"
        record.message = _without_names(record, record.message)
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def formatException(self, ei: object) -> str:  # noqa: N802
        return masked(super().formatException(ei))  # type: ignore[arg-type]


class OneDocument(logging.Formatter):
    """The same for a machine: a JSON document a line."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "at": dt.datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": current_id(),
            "message": _without_names(record, record.getMessage()),
        }
        if record.exc_info:
            document["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(document, ensure_ascii=False)


def _without_names(record: logging.LogRecord, message: str) -> str:
    return message if record.name.partition(".")[0] in OF_LOGINS else masked(message)
