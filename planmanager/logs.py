"""The log: one line a message, with its time and zone."""

import logging


class OneLine(logging.Formatter):
    """A line break in a message (somebody typed it as a user name) begins no line that looks like one of ours."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging names it)
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
