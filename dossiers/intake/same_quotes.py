"""A quote that came by both sources is one quote: the one that was taken first counts, the other follows it.

One that says something else than what counts waits for a person, whatever the options say: which of the two is the
newer, their numbers don't tell.
"""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from dossiers.intake.judge import Verdict
from dossiers.models import Mission, OrderLine, Quote, QuoteState, QuoteVersion
from dossiers.normalise import key

SAME, OTHER = "same-quote", "same-quote-differs"
COUNTS = (QuoteState.DOSSIER, QuoteState.WAITING)


class Originals:
    """The quotes of the twins of some quotes' missions; one statement where there are no twins, else two."""

    def __init__(self, quotes: Iterable[Quote]) -> None:
        missions = [quote.mission for quote in quotes]
        known = {mission.pk for mission in missions if mission.pk is not None}
        leaders = {mission.twin_of_id for mission in missions if mission.twin_of_id is not None}
        twins = Mission.objects.filter(Q(twin_of__in=known) | Q(pk__in=leaders)).values_list("pk", "twin_of")
        found = dict(twins)
        self._followers = {leader: follower for follower, leader in found.items()}
        self._quotes: dict[int, list[Quote]] = {}
        rows = Quote.objects.filter(mission__in=found, state__in=COUNTS) if found else ()
        for quote in rows:
            self._quotes.setdefault(quote.mission_id, []).append(quote)

    def of(self, quote: Quote) -> Quote | None:
        """The quote that counts instead of `quote`: of its mission's twin, with the same number and supplement."""
        if quote.accepted_version is not None:
            return None
        mission = quote.mission
        twin = mission.twin_of_id or self._followers.get(mission.pk)
        same = (key(quote.number), quote.supplement)
        others = self._quotes.get(twin or 0, [])
        return next((one for one in others if (key(one.number), one.supplement) == same), None)


def judge_same(digest: str, original: Quote) -> Verdict:
    """What becomes of a quote whose newest version says `digest`, and for which `original` counts."""
    args = {"source": str(original.get_source_display())}
    if QuoteVersion.objects.filter(quote=original, digest=digest).exists():
        return Verdict(QuoteState.FOLLOWS, SAME, args)
    return Verdict(QuoteState.WAITING, OTHER, args)


def digest_of(quote: Quote) -> str:
    """What the newest version of a saved quote says."""
    rows = QuoteVersion.objects.filter(quote=quote, version=quote.version)
    return rows.values_list("digest", flat=True).first() or ""


def replace(quote: Quote) -> bool:
    """A person takes `quote`, which is not taken yet: it counts from now on, and orders of its original go on by it.

    Gives whether there was one.
    """
    original = Originals([quote]).of(quote)
    if original is None:
        return False
    OrderLine.objects.filter(quote=original).update(quote=quote)
    Quote.objects.filter(pk=original.pk).update(
        state=QuoteState.FOLLOWS,
        reason=SAME,
        reason_args={"source": str(quote.get_source_display())},
        accepted_version=None,
        decided_at=timezone.now(),
    )
    return True
