""" "Where is my mission?": what goes by a plate, a number, a claim or a VIN, and why what is not there is not.

It looks at the repairers of whoever asks and at nothing else: what belongs to others answers as what was never seen.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from claims360_link import information, one_mission, status
from claims360_link.advice import advice
from claims360_link.information import Telling
from claims360_link.models import Inquiry
from claims360_link.rows import Row, dressed, rows_of
from claims360_link.status import SyncStatus
from dossiers import search
from dossiers.filters import number_of
from dossiers.formats import when
from dossiers.models import Dossier, Mission, SetAside, Source
from dossiers.normalise import key
from repairers.access import Own
from repairers.models import Repairer

MOST = 20  # of each kind
JUST_NOW = dt.timedelta(seconds=5)
LINKS = 10  # that are told of where nothing was found


@dataclass(frozen=True, slots=True)
class Found:
    row: Row
    advice: str
    notes: list[str]
    can_ask: bool  # Claims360 for it anew
    asked: Telling | None  # how far Claims360 is with that


@dataclass(frozen=True, slots=True)
class Aside:
    """What came and could not be taken over."""

    record: SetAside
    asked: Telling | None


@dataclass(frozen=True, slots=True)
class Link:
    """How the link of one repairer is, for whoever misses something of it."""

    repairer: Repairer
    bodyshop_id: str
    status: SyncStatus
    telling: Telling

    def moves(self, since: dt.datetime) -> bool:
        """Whether it is synchronised, or was after `since`."""
        run = self.status.run
        return self.telling.moving or bool(run and run.ended_at and run.ended_at > since)

    @property
    def is_ill(self) -> bool:
        """Whether it should bring what changed, and does not."""
        return self.telling.kind in ("bad", "wait")


class Where:
    """The answer to `text`, among the repairers of `own`; `chosen` is the one to import for."""

    def __init__(self, own: Own, text: str, chosen: Repairer | None) -> None:
        self.own, self.text, self.chosen = own, text.strip(), chosen
        self.is_asked = search.is_long_enough(self.text)

    @cached_property
    def rows(self) -> list[Row]:
        """The missions that go by it, the newest first; what came twice stands in one row."""
        matches = self.own.cut(Mission.objects.filter(search.named(self.text)))
        if self.own.are_all:
            matches = matches.filter(search.named_candidates(self.text))
        newest = matches.order_by("-updated_at", "-pk").values_list("pk", "twin_of")[:MOST]
        leading = [twin_of or pk for pk, twin_of in newest]
        rows = dressed().filter(pk__in=leading).select_related("repairer__site")
        return rows_of(rows.order_by("-updated_at", "-pk"))

    @cached_property
    def set_aside(self) -> list[SetAside]:
        rows = self.own.cut(SetAside.objects.filter(resolved_at=None, traces__contains=key(self.text)))
        return list(rows.select_related("repairer__site").defer("raw").order_by("-pk")[:MOST])

    @cached_property
    def dossiers(self) -> list[Dossier]:
        """The dossiers that go by it, and have none of the missions that were found."""
        wanted = key(self.text)
        like = Q(plate_key__contains=wanted) | Q(claim_key__contains=wanted) | Q(pk=number_of(self.text))
        rows = self.own.cut(Dossier.objects.filter(like))
        rows = rows.exclude(missions__in=[row.mission.pk for row in self.rows])
        return list(rows.select_related("repairer__site", "opening").order_by("-pk")[:MOST])

    @property
    def was_never_seen(self) -> bool:
        """Whether nothing of it has come; a dossier may go by it all the same."""
        return not (self.rows or self.set_aside)

    @property
    def is_moving(self) -> bool:
        """Whether something is under way that may bring it: the page then looks again by itself.

        Or has just ended: that may have been after the missions were looked at here.
        """
        since = timezone.now() - JUST_NOW
        return self.is_asked and self.was_never_seen and any(link.moves(since) for link in self.links)

    @property
    def found(self) -> list[Found]:
        return [self._found(row) for row in self.rows]

    def _found(self, row: Row) -> Found:
        mission = row.mission
        can_ask = one_mission.can_be_asked_for(mission)
        return Found(row, advice(row), list(self._notes(mission)), can_ask, self._asked(mission))

    @property
    def records(self) -> list[Aside]:
        return [
            Aside(row, self._asked_of(row.repairer_id, row.mission_external_id)) for row in self.set_aside
        ]

    @cached_property
    def links(self) -> list[Link]:
        """How the links are; of those only that something was found of, where something was."""
        theirs = {row.mission.repairer_id for row in self.rows}
        wanted = [one for one in self.own.repairers if not theirs or one.pk in theirs]
        rows = status.linked(Repairer.objects.filter(pk__in=[one.pk for one in wanted]), photos_of=[])
        known = {row.pk: row for row in rows}
        return [_link(one, known[one.pk]) for one in wanted if one.pk in known]

    @property
    def ill(self) -> list[Link]:
        return [link for link in self.links if link.is_ill][:LINKS]

    @property
    def well(self) -> list[Link]:
        return [link for link in self.links if link.bodyshop_id and not link.is_ill][:LINKS]

    @property
    def unlinked(self) -> list[Link]:
        """Those of which nothing comes, because nobody has configured them."""
        return [link for link in self.links if not link.bodyshop_id][:LINKS]

    @property
    def mailboxes(self) -> list[Link]:
        """Those whose missions come here."""
        return [*self.ill, *self.well]

    def _notes(self, mission: Mission) -> Iterator[str]:
        """What else explains that somebody did not find it."""
        if self.chosen is not None and mission.repairer.site_id != self.chosen.site_id:
            of = {"repairer": mission.repairer, "site": mission.repairer.site}
            yield _("It came for another site than the one you import for: %(repairer)s, %(site)s.") % of
        link = next((one for one in self.links if one.repairer.pk == mission.repairer_id), None)
        if link is not None and link.is_ill and mission.source == Source.CLAIMS360:
            yield _ill(link)

    @cached_property
    def _inquiries(self) -> dict[tuple[int, str], Inquiry]:
        wanted = [(row.mission.repairer_id, row.mission.external_id) for row in self.rows]
        wanted += [(row.repairer_id, row.mission_external_id) for row in self.set_aside]
        return one_mission.newest({pk for pk, _id in wanted}, {external_id for _pk, external_id in wanted})

    def _asked(self, mission: Mission) -> Telling | None:
        return self._asked_of(mission.repairer_id, mission.external_id)

    def _asked_of(self, repairer_id: int, external_id: str) -> Telling | None:
        inquiry = self._inquiries.get((repairer_id, external_id))
        return information.asked(inquiry) if inquiry else None


def _link(repairer: Repairer, row: Repairer) -> Link:
    configuration = getattr(row, "claims360_configuration", None)
    told = status.read(row)
    return Link(repairer, configuration.bodyshop_id if configuration else "", told, information.tell(told))


def _ill(link: Link) -> str:
    """Since when the link of its repairer is not well, and what that means."""
    since = link.status.refused_since or link.status.last_ok_at
    if since is None:
        return _("%(problem)s: what changed in Claims360 may be missing here.") % {
            "problem": link.telling.title
        }
    told = {"problem": link.telling.title, "at": when(since)}
    return _("%(problem)s (since %(at)s): what changed in Claims360 after that is missing here.") % told
