"""Missions: the list with the filter of the tab, each in full, and what is decided of it."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from claims360_link.api.documents import FactBody, LinkBody, MissionDocument, MissionInFull
from claims360_link.filters import SET_ASIDE, SHOWN, MissionFilter
from claims360_link.rows import rows_in_order
from dossiers.api.decisions import DecisionBody
from dossiers.api.documents import ReasonBody
from dossiers.api.filters import CAME_OR_DECIDED, SINCE, ChangedSince, YesNo, among, ids_since
from dossiers.intake import decide
from dossiers.intake.undo import undo_on
from dossiers.models import Mission, Photo, Source
from dossiers.options import claims360_enabled
from repairers.access import own_repairers, visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class MissionApiFilter(MissionFilter):
    least_sites = least_repairers = 0  # a program asks for the only one there is, too

    smart = YesNo(method="only_smart")
    state = django_filters.ChoiceFilter(
        choices=[one for one in SHOWN[1:] if one[0] != SET_ASIDE],
        method="by_state",
        help_text="Without it: waiting and in a dossier.",
    )
    changed_since = ChangedSince(
        method="by_change", help_text=f"{SINCE}; or a quote or a photo of it did, or its twin."
    )

    def by_change(self, rows: QuerySet[Mission], _name: str, moment: dt.datetime) -> QuerySet[Mission]:
        missions = own_repairers(self.request).cut(Mission.objects.all())
        photos = own_repairers(self.request).cut(Photo.objects.all())
        itself_and_leader, of_theirs = ("pk", "twin_of"), ("mission", "mission__twin_of")
        times = (*CAME_OR_DECIDED, "forgotten_at")
        parts = ids_since(moment, missions, *times, ids=itself_and_leader)
        parts += ids_since(moment, self.quotes, *CAME_OR_DECIDED, ids=of_theirs)
        return among(rows, parts + ids_since(moment, photos, "updated_at", ids=of_theirs))


class Missions(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    writes = Scope.QUEUE
    filterset_class = MissionApiFilter
    sorts = ("updated_at", "received_at")

    def get_queryset(self) -> QuerySet[Mission]:
        """Before Claims360 is active, what Winformex II sent, as on the pages."""
        rows = visible(Mission.objects.all(), self.program)
        if not claims360_enabled():
            rows = rows.filter(source=Source.WINFORMEX)
        if self.action == "list":
            return rows.filter(twin_of=None).defer("comments", "notes", "applied")
        return rows.select_related("dossier")

    def get_serializer_class(self) -> Any:
        return MissionDocument if self.action == "list" else MissionInFull

    def get_serializer(self, *args: Any, **more: Any) -> BaseSerializer[Any]:
        """The document of one mission or of a page of them, with what the list says of each."""
        found: Sequence[Mission] = args[0] if more.get("many") else args
        rows = {row.mission.pk: row for row in rows_in_order(found)} if found else {}
        more["context"] = {**self.get_serializer_context(), "rows": rows}
        serializer: BaseSerializer[Any] = self.get_serializer_class()(*args, **more)
        return serializer

    @extend_schema(request=None, responses=MissionInFull)
    @action(detail=True, methods=["post"])
    @once
    def accept(self, request: Request, pk: int) -> Response:
        """Into the dossier that matches, else into a new one."""
        return self._decided(lambda mission: decide.accept(mission, self.program))

    @extend_schema(request=None, responses=MissionInFull)
    @action(detail=True, methods=["post"], url_path="new-dossier")
    @once
    def new_dossier(self, request: Request, pk: int) -> Response:
        """Into a new dossier, whatever matches."""
        return self._decided(lambda mission: decide.accept(mission, self.program, new=True))

    @extend_schema(request=LinkBody, responses=MissionInFull)
    @action(detail=True, methods=["post"])
    @once
    def link(self, request: Request, pk: int) -> Response:
        """Into an open dossier of the same repairer."""
        dossier = self._asked(LinkBody)["dossier"]
        return self._decided(lambda mission: decide.link(mission, dossier, self.program))

    @extend_schema(request=LinkBody, responses=MissionInFull)
    @action(detail=True, methods=["post"])
    @once
    def move(self, request: Request, pk: int) -> Response:
        """From its dossier to another open one of the same repairer."""
        dossier = self._asked(LinkBody)["dossier"]
        return self._decided(lambda mission: decide.move_link(mission, dossier, self.program))

    @extend_schema(request=ReasonBody, responses=MissionInFull)
    @action(detail=True, methods=["post"])
    @once
    def deny(self, request: Request, pk: int) -> Response:
        """Refuse the mission, for a reason; it stays in Claims360."""
        reason = self._asked(ReasonBody)["reason"]
        return self._decided(lambda mission: decide.deny(mission, reason, self.program))

    @extend_schema(request=None, responses=MissionInFull)
    @action(detail=True, methods=["post"])
    @once
    def reconsider(self, request: Request, pk: int) -> Response:
        """An excluded, denied or archived mission goes back to the queue."""
        return self._decided(lambda mission: decide.reconsider(mission, self.program))

    @extend_schema(request=None, responses=MissionInFull)
    @action(detail=True, methods=["post"])
    @once
    def undo(self, request: Request, pk: int) -> Response:
        """Out of its dossier, back to the queue; the dossier keeps its facts."""
        return self._decided(lambda mission: decide.undo_link(mission, self.program))

    @extend_schema(request=DecisionBody, responses=MissionInFull)
    @action(detail=True, methods=["post"], url_path="take-back")
    @once
    def take_back(self, request: Request, pk: int) -> Response:
        """Take back the last decision: all is as before it, and a dossier that was opened for it is closed."""
        mission, decision = self.get_object(), self._asked(DecisionBody)["decision"]
        return self._decided(lambda _: undo_on(mission, decision, self.program))

    @extend_schema(request=FactBody, responses=MissionInFull)
    @action(detail=True, methods=["post"], url_path="take-offer")
    @once
    def take_offer(self, request: Request, pk: int) -> Response:
        """Its dossier takes over the mission's value of a fact."""
        fact = self._asked(FactBody)["fact"]
        return self._decided(lambda mission: decide.take_offer(mission, fact, self.program))

    @extend_schema(request=FactBody, responses=MissionInFull)
    @action(detail=True, methods=["post"], url_path="keep-own")
    @once
    def keep_own(self, request: Request, pk: int) -> Response:
        """Its dossier keeps its own value of a fact; the offer goes until the mission changes again."""
        fact = self._asked(FactBody)["fact"]
        return self._decided(lambda mission: decide.keep_own(mission, fact, self.program))

    def _decided(self, deed: Callable[[int], object]) -> Response:
        """The mission after `deed`; with If-Match only if nothing happened to it meanwhile."""
        mission = self.get_object()
        with self.as_read(mission.repairer_id):
            deed(mission.pk)
        return Response(self.document())

    def _asked(self, kind: type[BaseSerializer[Any]]) -> dict[str, Any]:
        asked = kind(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)
