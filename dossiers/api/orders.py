"""Liste commandes: the parts of approved quotes, and how far their order is."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from dossiers.api.documents import OrderBody, OrderDocument
from dossiers.api.filters import OrderApiFilter
from dossiers.models import OrderLine
from dossiers.orders import set_state
from repairers.access import visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class Orders(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    writes = Scope.DOSSIERS
    serializer_class = OrderDocument
    filterset_class = OrderApiFilter

    def get_queryset(self) -> QuerySet[OrderLine]:
        return visible(OrderLine.objects.select_related("dossier"), self.program, "dossier__repairer")

    @extend_schema(request=OrderBody, responses=OrderDocument)
    @once
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say how far the order of a part is."""
        line = self.get_object()
        asked = OrderBody(data=request.data)
        asked.is_valid(raise_exception=True)
        with self.as_read(line.dossier.repairer_id):
            set_state([line.pk], asked.validated_data["state"], self.program)
        return Response(self.document())
