"""Quotes, their versions, and what changed from one to the next."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from dossiers.api.decisions import DecisionBody
from dossiers.api.documents import DenyQuoteBody, QuoteBody, QuoteDocument, QuoteInFull
from dossiers.api.filters import QuoteFilter
from dossiers.intake import decide
from dossiers.intake.undo import undo_on
from dossiers.models import Quote
from repairers.access import visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class NewerVersion(APIException):
    status_code = 409
    default_code = "newer-version"
    default_detail = _("A newer version came meanwhile. Look at it before you decide.")


class Quotes(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    writes = Scope.QUEUE
    filterset_class = QuoteFilter
    sorts = ("updated_at",)

    def get_queryset(self) -> QuerySet[Quote]:
        rows = visible(Quote.objects.select_related("mission"), self.program)
        return rows if self.action == "list" else rows.prefetch_related("versions")

    def get_serializer_class(self) -> Any:
        return QuoteDocument if self.action == "list" else QuoteInFull

    @extend_schema(request=QuoteBody, responses=QuoteInFull)
    @action(detail=True, methods=["post"])
    @once
    def accept(self, request: Request, pk: int) -> Response:
        """Take the waiting version into the dossier of its mission."""
        asked = QuoteBody(data=request.data)
        asked.is_valid(raise_exception=True)
        quote = self.get_object()
        with self.as_read(quote.repairer_id):
            self._must_be(asked.validated_data["version"])
            decide.accept_quote(quote.pk, self.program)
        return Response(self.document())

    @extend_schema(request=DenyQuoteBody, responses=QuoteInFull)
    @action(detail=True, methods=["post"])
    @once
    def deny(self, request: Request, pk: int) -> Response:
        """Keep the waiting version out of the dossier, for a reason."""
        asked = DenyQuoteBody(data=request.data)
        asked.is_valid(raise_exception=True)
        quote = self.get_object()
        with self.as_read(quote.repairer_id):
            self._must_be(asked.validated_data["version"])
            decide.deny_quote(quote.pk, asked.validated_data["reason"], self.program)
        return Response(self.document())

    @extend_schema(request=DecisionBody, responses=QuoteInFull)
    @action(detail=True, methods=["post"], url_path="take-back")
    @once
    def take_back(self, request: Request, pk: int) -> Response:
        """Take back the last decision, unless a newer version came or parts were ordered since."""
        asked = DecisionBody(data=request.data)
        asked.is_valid(raise_exception=True)
        quote = self.get_object()
        with self.as_read(quote.repairer_id):
            undo_on(quote, asked.validated_data["decision"], self.program)
        return Response(self.document())

    def _must_be(self, version: int) -> None:
        """Raises NewerVersion where the quote has another version than the one that was looked at."""
        if self.get_object().version != version:
            raise NewerVersion
