"""The filter panel of the Claims360 tab, and what each cell of the information frame shows."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims360_link.models import SyncRun
from dossiers import search
from dossiers.filters import OwnRows, number_of, text_box
from dossiers.formats import up_to_limit
from dossiers.models import Mission, MissionState, Quote, QuoteState, SetAside, Source
from repairers.access import own_repairers

SET_ASIDE, NEW = "set_aside", "new"
SHOWN = (
    ("", _("waiting and in a dossier")),
    ("waiting", _("waiting")),
    ("dossier", _("in a dossier")),
    ("excluded", _("excluded")),
    ("denied", _("denied")),
    (SET_ASIDE, _("set aside")),
    ("archived", _("archived")),
    ("withdrawn", _("withdrawn")),
    ("incomplete", _("incomplete")),
    ("all", _("everything")),
)
STATES = ((NEW, _("new since your last visit")), *SHOWN[1:])


TOLD_BY_QUOTES = (QuoteState.WAITING, QuoteState.EXCLUDED)


def with_quotes_in(state: str, quotes: QuerySet[Quote]) -> QuerySet[Any]:
    """The missions in a dossier that have one of `quotes` in `state`, each once, by their pk."""
    found = quotes.filter(state=state, mission__state=MissionState.DOSSIER, mission__twin_of=None)
    return found.order_by().values("mission").distinct()


def new_since(rows: QuerySet[Mission], since: dt.datetime | None) -> QuerySet[Mission]:
    """Those of `rows` that came after `since`; none without it."""
    if since is None:
        return rows.none()
    # By the index of states, which leads to what changed last, and what is new has changed.
    return rows.filter(state__in=MissionState.values, updated_at__gt=since, received_at__gt=since)


def shown(rows: QuerySet[Mission], state: str, quotes: QuerySet[Quote]) -> QuerySet[Mission]:
    """The missions of one cell; a mission whose quote waits, or is excluded, shows with those that are so itself.

    `quotes`: those of `rows`, maybe with others.
    """
    if state in TOLD_BY_QUOTES:
        either = rows.filter(state=state).order_by().values("pk").union(with_quotes_in(state, quotes))
        return rows.filter(pk__in=either)
    if state == "all":
        return rows
    if state in MissionState.values:
        return rows.filter(state=state)
    return rows.exclude(state__in=set(MissionState.values) - {MissionState.WAITING, MissionState.DOSSIER})


def shown_each(rows: QuerySet[Mission], state: str, quotes: QuerySet[Quote]) -> QuerySet[Mission]:
    """As `shown`, where each row tells by itself: for a statement that goes through many in their order."""
    if state not in TOLD_BY_QUOTES:
        return shown(rows, state, quotes)
    by_index = {"state": state, "repairer": OuterRef("repairer"), "mission": OuterRef("pk")}
    has_one = Exists(quotes.filter(**by_index))
    return rows.filter(Q(state=state) | Q(has_one, state=MissionState.DOSSIER))


class MissionFilter(OwnRows):
    least_sites = 1  # the field is known by everybody, so it is there with one site too

    state = django_filters.ChoiceFilter(
        label=_("state"), choices=STATES, empty_label=SHOWN[0][1], method="by_state"
    )
    number = django_filters.CharFilter(method="by_number", **text_box(_("Enter a number")))
    plate = django_filters.CharFilter(method="by_text", **text_box(_("Enter a plate")))
    name = django_filters.CharFilter(method="by_text", **text_box(_("Enter a name/number")))
    model = django_filters.CharFilter(method="by_text", **text_box(_("Enter a model")))
    make = django_filters.CharFilter(method="by_text", **text_box(_("Enter a make")))
    smart = django_filters.BooleanFilter(
        label=_("show only smart expertises"), method="only_smart", widget=forms.CheckboxInput()
    )
    source = django_filters.ChoiceFilter(
        label=_("received by"), choices=Source.choices, empty_label=_("every way"), method="by_source"
    )
    site = django_filters.ChoiceFilter("repairer__site", label=_("site"), empty_label=_("Select a site"))
    repairer = django_filters.ChoiceFilter(label=_("repairer of the mission"), empty_label=_("All repairers"))

    class Meta:
        model = Mission
        fields: list[str] = []

    def say_how_many(self, counts: Mapping[str, int]) -> None:
        """The select names the count of each state; one that nothing is in is left out, unless it is chosen."""
        chosen = self.data.get("state")
        choice = cast(forms.ChoiceField, self.form.fields["state"])
        choice.choices = [
            (name, f"{label} ({up_to_limit(counts[name])})" if name in counts else label)
            for name, label in STATES
            if counts.get(name, 1) or name == chosen
        ]

    @property
    def qs(self) -> QuerySet[Mission]:
        return self._of_state(shown)

    @property
    def walkable(self) -> QuerySet[Mission]:
        """As `qs`, to go through in its order where many are found."""
        return self._of_state(shown_each)

    def _of_state(
        self, shown: Callable[[QuerySet[Mission], str, QuerySet[Quote]], QuerySet[Mission]]
    ) -> QuerySet[Mission]:
        rows: QuerySet[Mission] = super().qs
        state = self.form.cleaned_data.get("state") or ""
        if state == NEW:
            return new_since(rows, self.request.user.looked_before)
        return shown(rows, state, self.quotes)

    def by_state(self, rows: QuerySet[Mission], _name: str, _value: str) -> QuerySet[Mission]:
        """Not here: there are two ways to the missions of a state."""
        return rows

    @property
    def quotes(self) -> QuerySet[Quote]:
        return own_repairers(self.request).cut(Quote.objects.all())

    @property
    def narrowed(self) -> QuerySet[Mission]:
        """As `qs`, by way of the search's own index where that is of use."""
        rows = self.qs
        for name in () if self.is_of_some_repairers else search.FIELDS:
            value = self.form.cleaned_data.get(name)
            if value and (found := search.candidates(name, value)):
                rows = rows.filter(found | Q(dossier=number_of(value)) if name == "number" else found)
        return rows

    def of_set_aside(self, rows: QuerySet[SetAside]) -> QuerySet[SetAside]:
        """Of `rows` those of the chosen repairer, site, way and id; they have no plate and no owner."""
        rows, chosen = self.cut(rows), self.form.cleaned_data
        if source := chosen.get("source"):
            rows = rows.filter(source=source)
        number = chosen.get("number") or ""
        return rows.filter(Q(external_id__icontains=number) | Q(mission_external_id__icontains=number))

    def by_number(self, rows: QuerySet[Mission], name: str, value: str) -> QuerySet[Mission]:
        """A part of the mission's or the claim's number, or the whole dossier number."""
        return rows.filter(search.fits(name, value) | Q(dossier=number_of(value)))

    def by_text(self, rows: QuerySet[Mission], name: str, value: str) -> QuerySet[Mission]:
        return rows.filter(search.fits(name, value))

    def by_source(self, rows: QuerySet[Mission], _name: str, value: str) -> QuerySet[Mission]:
        """What came by that way, by itself or as the twin of what came by the other."""
        twins = Mission.objects.filter(twin_of=OuterRef("pk"), source=value)
        return rows.filter(Q(source=value) | Exists(twins))

    def only_smart(self, rows: QuerySet[Mission], _name: str, value: bool) -> QuerySet[Mission]:
        return rows.filter(smart_expertise=True) if value else rows


class RunFilter(OwnRows):
    repairer = django_filters.ChoiceFilter(label=_("repairer"), empty_label=_("every repairer"))
    site = django_filters.ChoiceFilter("repairer__site", label=_("site"), empty_label=_("every site"))
    outcome = django_filters.ChoiceFilter(
        label=_("outcome"), choices=SyncRun.Outcome.choices, empty_label=_("every outcome")
    )
    trigger = django_filters.ChoiceFilter(
        label=_("started by"), choices=SyncRun.Trigger.choices, empty_label=_("automatic and by hand")
    )

    class Meta:
        model = SyncRun
        fields: list[str] = []
