"""The Claims360 tab: what came in, what became of it, and Rafraîchir."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from claims360_link import information, overview, sync
from claims360_link.credentials import NotConfigured
from claims360_link.filters import NEW, SET_ASIDE, STATES, MissionFilter, new_since
from claims360_link.nudges import SYNC
from claims360_link.rows import Row, dressed, rows_of
from claims360_link.under_way import UnderWay, look_again, under_way
from claims360_link.views.back import back
from claims360_link.views.chosen import choose, chosen_of, own_with_chosen
from claims360_link.views.gate import only_when_active, own_repairer
from dossiers.filters import order_of
from dossiers.fragments import render_page
from dossiers.models import Mission, MissionState, Quote, SetAside
from dossiers.nudges import nudge
from dossiers.paging import Counted, Page, counted, page_of
from dossiers.queue import waiting_of
from dossiers.views.access import user_of
from repairers.access import Own
from repairers.models import Message, Repairer
from repairers.staff_messages import unread
from repairers.visits import note_look

LINES = 12  # repairers that the frame has a line for; where there are more, they have a page of their own
LISTED = "listed"
PAGES = "p"  # before how many a run under way has brought
DEFAULT_SORT = "-received"
NEWEST_FIRST = ("-created_at", "-pk")  # of the records set aside
SORTS = {
    "state": ("state", "updated_at"),
    "number": ("number_key",),
    "plate": ("plate_key",),
    "owner": ("owner_words",),
    "received": ("updated_at",),
}


class Tab:
    """What the page shows; a fragment reads only what it needs: the frame needs no list."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        request.counted = lambda: self.counted  # type: ignore[attr-defined]  # for what stands around
        self.has_list = request.htmx.target not in ("frame", "moving")  # type: ignore[attr-defined]
        self.path = reverse("claims360:list")

    @cached_property
    def own(self) -> Own:
        return own_with_chosen(self.request)

    @property
    def repairers(self) -> Sequence[Repairer]:
        return self.own.repairers

    @cached_property
    def missions(self) -> QuerySet[Mission]:
        """Each mission once: what came by the other way too stands in its row."""
        return self.own.cut(Mission.objects.filter(twin_of=None))

    @cached_property
    def quotes(self) -> QuerySet[Quote]:
        return self.own.cut(Quote.objects.all())

    @cached_property
    def set_aside(self) -> QuerySet[SetAside]:
        return self.own.cut(SetAside.objects.filter(resolved_at=None))

    @property
    def set_aside_found(self) -> QuerySet[SetAside]:
        """Those that the filter leaves."""
        return self.filter.of_set_aside(self.set_aside)

    def set_aside_rows(self) -> QuerySet[SetAside]:
        """The same with what the list shows of them, the newest first."""
        return _dressed(self.set_aside_found).order_by(*NEWEST_FIRST)

    @cached_property
    def filter(self) -> MissionFilter:
        return MissionFilter(self.request.GET, self.missions, request=self.request)

    @property
    def state(self) -> str:
        """Which cell of the frame is shown, "" for what waits and what is in a dossier."""
        asked = self.request.GET.get("state", "")
        return asked if asked in dict(STATES) else ""

    @property
    def where_url(self) -> str:
        """Where there is an answer to who typed a plate or a number to find one mission; "" where nobody did."""
        typed = (self.request.GET.get(name, "").strip() for name in ("plate", "number"))
        wanted = next(filter(None, typed), "")
        return f"{reverse('claims360:where')}?{urlencode({'q': wanted})}" if wanted else ""

    @property
    def shows_set_aside(self) -> bool:
        return self.state == SET_ASIDE

    def found(self) -> QuerySet[Mission]:
        """The missions that the filter leaves, in the order that was chosen."""
        rows = self.filter.qs.select_related("repairer__site", "dossier")
        return rows.defer("comments", "notes", "applied").order_by(*self.order)

    @property
    def order(self) -> list[str]:
        return order_of(self.request.GET.get("sort", ""), SORTS, default=DEFAULT_SORT)

    @cached_property
    def page(self) -> Page:
        """One page of missions, or of records set aside."""
        wanted, count = self.request.GET.get("page"), self.counted[self.listed]
        if self.shows_set_aside:
            read = _dressed(SetAside.objects.all())
            return page_of(read, self.set_aside_found, NEWEST_FIRST, wanted, count=count)
        few, many = self.filter.narrowed, self.filter.walkable
        return page_of(dressed(), many, self.order, wanted, count=count, narrowed=few)

    @cached_property
    def rows(self) -> list[Row]:
        return rows_of(self.page.rows)

    @cached_property
    def under_way(self) -> UnderWay:
        """What moves in the rows of this page, or in those that moved when the page looked last."""
        asked = self.request.GET
        if "moving" in asked:
            return look_again(self.own.cut(dressed()), asked["moving"], asked.get("again", ""))
        return under_way(self.rows)

    @property
    def can_choose(self) -> bool:
        """Whether a row of this page waits for a decision."""
        return any(row.chosen_as for row in self.rows)

    @cached_property
    def chosen(self) -> Repairer | None:
        return chosen_of(self.request)

    @cached_property
    def lines(self) -> list[overview.Line]:
        """What the frame says of each repairer; where there are many, only of the one to import for."""
        shown = self.repairers if len(self.repairers) <= LINES else [self.chosen] if self.chosen else []
        return overview.lines(shown, self.since, photos_of=self.chosen)

    @property
    def has_ill_line(self) -> bool:
        return any(line.is_ill for line in self.lines)

    @cached_property
    def telling(self) -> information.Telling | None:
        """What the frame says of the repairer to import for."""
        return next((line.telling for line in self.lines if line.repairer == self.chosen), None)

    @cached_property
    def counts(self) -> dict[str, int]:
        """What the frame counts, by its cells and the other states."""
        names = (*MissionState.values, SET_ASIDE, NEW)
        return {name: self.counted[name] for name in names if name in self.counted}

    @property
    def listed(self) -> str:
        """The name of the list's count: that of a cell, where nothing but its state is asked for."""
        return self.state if self.state and self.filter.set_count == 1 else LISTED

    @cached_property
    def counted(self) -> dict[str, int]:
        """All that the page counts, each up to its limit, in one statement."""
        counts = information.counts_of(self.missions, self.quotes)
        counts |= {SET_ASIDE: Counted(self.set_aside), "badge": waiting_of(self.missions, self.quotes)}
        counts["unread"] = Counted(unread(self.own.cut(Message.objects.all()), user_of(self.request)))
        if self.since:
            counts[NEW] = Counted(new_since(self.missions, self.since))
        if self.has_list and self.listed not in counts:
            counts[self.listed] = Counted(
                self.set_aside_found if self.shows_set_aside else self.filter.narrowed
            )
        return counted(counts)

    @cached_property
    def panel(self) -> MissionFilter:
        """The filter as its panel shows it: with the count of each state."""
        self.filter.say_how_many(self.counts)
        return self.filter

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        return information.cells(self.counts, f"{self.path}?state=", self.state, self.since)

    @property
    def again(self) -> int | None:
        """Milliseconds until the page looks again at what is moving, of any repairer; None where nothing is."""
        return min((line.telling.again for line in self.lines if line.telling.moving), default=None)

    @property
    def settled(self) -> str:
        """The run of each line that the page shows the end of; of one under way, the pages that are in."""
        return "-".join(_settled(line.telling) for line in self.lines)

    def news_since(self, seen: str) -> str:
        """What the page is to be told that saw `seen` as `settled`: a run has ended, or brought a page; else ""."""
        runs = zip_longest(seen.split("-"), self.settled.split("-"), fillvalue="")
        came = [now for then, now in runs if now not in ("", then)]
        if not came:
            return ""
        return "list-grows" if all(now.startswith(PAGES) for now in came) else "list-changed"

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """(name, label, whether it is the current one) of the orders to choose from."""
        current = self.request.GET.get("sort", "") or DEFAULT_SORT
        named = {DEFAULT_SORT: _("latest first"), "received": _("oldest first"), **_sort_labels()}
        column = current.removeprefix("-")
        if current not in named and column in SORTS:
            named[current] = _("%(column)s, descending") % {"column": named[column]}
        return [(name, label, name == current) for name, label in named.items()]

    @property
    def since(self) -> dt.datetime | None:
        """The end of the user's visit before this one: what came after it is new."""
        return user_of(self.request).looked_before


@require_safe
@only_when_active
def page(request: HttpRequest) -> HttpResponse:
    """The list with its frame; filter, order and page stand in the URL, the repairer to import for in the session."""
    if not request.htmx:  # type: ignore[attr-defined]
        note_look(user_of(request))
    tab = Tab(request)
    fragments = {
        "list": "claims360/_list_and_frame.html",
        "frame": "claims360/_frame.html",
        "moving": "claims360/_moving.html",
    }
    answer = render_page(request, "claims360/list.html", {"tab": tab}, fragments)
    if "seen" in request.GET and (news := tab.news_since(request.GET["seen"])):
        trigger_client_event(answer, news)
    return answer


@require_safe
@only_when_active
def queue(request: HttpRequest) -> HttpResponse:
    """The queue is the tab with what waits."""
    return redirect(f"{reverse('claims360:list')}?state=waiting")


@require_safe
@only_when_active
def keys(request: HttpRequest) -> HttpResponse:
    """Which key does what on the list, and whether they do."""
    return render(request, "claims360/keys.html")


@require_POST
@only_when_active
def refresh(request: HttpRequest) -> HttpResponse:
    """Rafraîchir: ask for a sync, and show the frame that follows it; without a configuration, its popup."""
    repairer = own_repairer(request, request.POST.get("repairer"))
    choose(request, repairer)
    try:
        sync.ask(repairer.pk, user_of(request))
    except NotConfigured:
        return _to_configure(request, repairer)
    nudge(SYNC, repairer.pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return back(request)
    tab = Tab(request)
    answer = render(request, "claims360/_frame.html", {"tab": tab})
    is_over = tab.telling is not None and tab.telling.run_id  # a worker may be faster than this answer
    return trigger_client_event(answer, "list-changed") if is_over else answer


def _settled(telling: information.Telling) -> str:
    if telling.run_id:
        return f"{telling.run_id}"
    return f"{PAGES}{telling.pages}" if telling.pages else ""


def _dressed(rows: QuerySet[SetAside]) -> QuerySet[SetAside]:
    """With what the list and the file show of each."""
    return rows.select_related("repairer").defer("raw")


def _to_configure(request: HttpRequest, repairer: Repairer) -> HttpResponse:
    """Nothing can be imported yet: the popup that asks for the keys."""
    url = f"{reverse('claims360:configure')}?repairer={repairer.pk}"
    if request.htmx:  # type: ignore[attr-defined]
        return trigger_client_event(HttpResponse(status=204), "open-dialog", {"url": url})
    return redirect(url)


def _sort_labels() -> dict[str, str]:
    return {"state": _("by state"), "number": _("by number"), "plate": _("by plate"), "owner": _("by owner")}
