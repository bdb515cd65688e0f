"""How a repairer's link is, Rafraîchir, and what each run brought."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from claims360_link import sync
from claims360_link.api.active import OnlyWhenActive
from claims360_link.api.documents import RunDocument, SyncDocument
from claims360_link.models import SyncRun
from claims360_link.nudges import SYNC
from claims360_link.status import status_of
from dossiers.api.filters import Id
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


class RunFilter(django_filters.FilterSet):
    repairer = Id("repairer")

    class Meta:
        model = SyncRun
        fields = ["trigger", "outcome"]


class Runs(OnlyWhenActive, ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    serializer_class = RunDocument
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[SyncRun]:
        return visible(SyncRun.objects.all(), self.program)
