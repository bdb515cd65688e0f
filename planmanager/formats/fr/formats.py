"""A moment in figures, as everywhere on the pages: admin's lists are read down a column."""

DATETIME_FORMAT = "d/m/Y H:i"
