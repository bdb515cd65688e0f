"""How a repairer's link is, Rafraîchir, and what each run brought."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from claims360_link import sync
from claims360_link.api.active import OnlyWhenActive
from claims360_link.api.documents import RunDocument, SyncDocument
from claims360_link.filters import RunFilter
from claims360_link.models import SyncRun
from claims360_link.nudges import SYNC
from claims360_link.status import status_of
from dossiers.nudges import nudge
from repairers.access import repairers_of, visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Repairer, Scope


class Link(OnlyWhenActive, ApiView):
    """The link of one repairer."""

    writes = Scope.REFRESH
    serializer_class = SyncDocument
    pagination_class = None

    def get_queryset(self) -> QuerySet[Repairer]:
        return repairers_of(self.program)

    @extend_schema(operation_id="repairers_sync_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        """How the link is, in the words of the page, and how far what is under way has come."""
        return Response(self.document())

    @extend_schema(operation_id="repairers_refresh", request=None, responses={202: SyncDocument})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Rafraîchir: a worker synchronises at once. Look at it with GET until it moves no more."""
        repairer = self.get_object()
        sync.ask(repairer.pk, self.program)
        nudge(SYNC, repairer.pk)
        return Response(self.document(), 202)

    def document(self) -> Any:
        status = status_of(self.get_object().pk)
        return SyncDocument(status).data


class RunApiFilter(RunFilter):
    least_sites = least_repairers = 0  # a program asks for the only one there is, too


class Runs(OnlyWhenActive, ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    serializer_class = RunDocument
    filterset_class = RunApiFilter

    def get_queryset(self) -> QuerySet[SyncRun]:
        return visible(SyncRun.objects.select_related("asked_by"), self.program)
