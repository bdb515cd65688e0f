"""What the "i" sent, or will send: how far it is, try again, cancel."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from dossiers import outbox
from dossiers.api.documents import TransmissionDocument
from dossiers.api.filters import TransmissionFilter
from dossiers.models import Transmission
from repairers.access import visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class Transmissions(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    writes = Scope.SEND
    serializer_class = TransmissionDocument
    filterset_class = TransmissionFilter

    def get_queryset(self) -> QuerySet[Transmission]:
        rows = Transmission.objects.prefetch_related("photos")
        return visible(rows, self.program, "dossier__repairer")

    @extend_schema(request=None, responses=TransmissionDocument)
    @action(detail=True, methods=["post"])
    @once
    def again(self, request: Request, pk: int) -> Response:
        """Send once more what did not arrive, with the same keys."""
        row = self.get_object()
        with self.as_read(row.dossier.repairer_id):
            outbox.try_again(row.pk, self.program)
        return Response(self.document())

    @extend_schema(request=None, responses=TransmissionDocument)
    @action(detail=True, methods=["post"])
    @once
    def cancel(self, request: Request, pk: int) -> Response:
        """Give up what was not sent yet."""
        row = self.get_object()
        with self.as_read(row.dossier.repairer_id):
            outbox.cancel(row.pk, self.program)
        return Response(self.document())
