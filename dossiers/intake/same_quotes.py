"""A quote that came by both sources is one quote: the one that was taken first counts, the other follows it.

One that says something else than what counts waits for a person, whatever the options say: which of the two is the
newer, their numbers don't tell.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from django.db.models import Case, Q, Value, When

from dossiers.intake.judge import Verdict
from dossiers.models import Mission, OrderLine, Quote, QuoteState, QuoteVersion
from dossiers.normalise import key

SAME, OTHER = "same-quote", "same-quote-differs"
COUNTS = (QuoteState.DOSSIER, QuoteState.WAITING)


class Originals:
    """Some quotes by the missions that have them, for which some of them count instead of others."""

    def __init__(self, twins: Mapping[int, int | None], quotes: Iterable[Quote]) -> None:
        """`twins`: for a mission, the one that it follows, or None."""
        self._followers = {leader: follower for follower, leader in twins.items() if leader is not None}
        self._quotes: dict[int, list[Quote]] = {}
        for quote in quotes:
            self._quotes.setdefault(quote.mission_id, []).append(quote)

    def of(self, quote: Quote) -> Quote | None:
        """The quote that counts instead of `quote`: of its mission's twin, with the same number and supplement."""
        if quote.accepted_version is not None:
            return None
        mission = quote.mission
        twin = mission.twin_of_id or self._followers.get(mission.pk)
        same = (key(quote.number), quote.supplement)
        others = [one for one in self._quotes.get(twin or 0, ()) if one.state in COUNTS]
        return next((one for one in others if (key(one.number), one.supplement) == same), None)

    def judge(self, quote: Quote, original: Quote) -> Verdict:
        """What becomes of `quote`, for which `original` counts; one statement for all of them."""
        newest = self._digests.get((quote.pk, quote.version), "")
        said = (digest for (pk, _), digest in self._digests.items() if pk == original.pk)
        return _verdict(newest in said, original)

    @cached_property
    def _digests(self) -> dict[tuple[int, int], str]:
        """What each version of each of the quotes says, by the quote and the version."""
        quotes = [quote.pk for many in self._quotes.values() for quote in many]
        rows = QuoteVersion.objects.filter(quote__in=quotes).values_list("quote", "version", "digest")
        return {(quote, version): digest for quote, version, digest in rows}


def originals_of(quotes: Iterable[Quote]) -> Originals:
    """The quotes of the twins of some quotes' missions; one statement where there are no twins, else two."""
    missions = [quote.mission for quote in quotes]
    known = {mission.pk for mission in missions if mission.pk is not None}
    leaders = {mission.twin_of_id for mission in missions if mission.twin_of_id is not None}
    rows = Mission.objects.filter(Q(twin_of__in=known) | Q(pk__in=leaders)).values_list("pk", "twin_of")
    found = dict(rows)
    return Originals(found, Quote.objects.filter(mission__in=found, state__in=COUNTS) if found else ())


def judge_same(digest: str, original: Quote) -> Verdict:
    """What becomes of a quote whose newest version says `digest`, and for which `original` counts."""
    return _verdict(QuoteVersion.objects.filter(quote=original, digest=digest).exists(), original)


def replaced_by(quote: Quote) -> Verdict:
    """What becomes of the original of `quote` once a person has taken that: it counts from now on."""
    return _verdict(True, quote)


def _verdict(same: bool, original: Quote) -> Verdict:
    args = {"source": str(original.get_source_display())}
    return Verdict(QuoteState.FOLLOWS, SAME, args) if same else Verdict(QuoteState.WAITING, OTHER, args)


def digest_of(quote: Quote) -> str:
    """What the newest version of a saved quote says."""
    rows = QuoteVersion.objects.filter(quote=quote, version=quote.version)
    return rows.values_list("digest", flat=True).first() or ""


def hand_over_orders(quotes: Mapping[int, int]) -> None:
    """What was ordered by the quotes of `quotes` goes on by those that replace them, by their ids. One statement."""
    if quotes:
        others = [When(quote=original, then=Value(quote)) for original, quote in quotes.items()]
        OrderLine.objects.filter(quote__in=quotes).update(quote=Case(*others))
