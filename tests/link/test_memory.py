"""A first import reads page after page: however long the feed, it needs no more memory."""

from tests.bench.first_import import once, our_import, prepared
from tests.bench.importing.feed import served

CEILING = 150  # MB
SPREAD = 10  # MB


def test_a_longer_feed_needs_no_more_memory() -> None:
    peaks = []
    for missions in (400, 2_000):
        with served(missions) as feed:
            peaks.append(once(prepared(our_import, "off"), feed, "SQLite")["memory"])
    assert max(peaks) < CEILING
    assert peaks[1] - peaks[0] < SPREAD, peaks
