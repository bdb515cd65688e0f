"""Dossiers: read, opened, changed, commented on, and given photos."""

from functools import partial
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from dossiers import services, uploads
from dossiers.api.documents import PhotoDocument
from dossiers.api.dossier_documents import (
    REOPEN,
    CommentBody,
    DossierDocument,
    DossierFacts,
    DossierInFull,
    NewDossier,
    PhotoBody,
    StatusBody,
)
from dossiers.api.filters import DossierApiFilter
from dossiers.models import Dossier, Mission, MissionState
from repairers.access import repairers_of, visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


def _store(view: "Dossiers", request: Request, pk: int) -> dict[str, Any]:
    """The photo that a program sends to a dossier of its own, checked and held, and its caption."""
    view.get_object()
    asked = PhotoBody(data=request.data)
    asked.is_valid(raise_exception=True)
    return {
        "stored": uploads.store(asked.validated_data["file"]),
        "caption": asked.validated_data["caption"],
    }


class Dossiers(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    writes = Scope.DOSSIERS
    filterset_class = DossierApiFilter
    sorts = ("changed_at",)

    def get_queryset(self) -> QuerySet[Dossier]:
        linked = Mission.objects.filter(state=MissionState.DOSSIER).order_by("received_at", "pk")
        missions = Prefetch("missions", linked, to_attr="linked")
        return visible(Dossier.objects.prefetch_related(missions), self.program)

    def get_serializer_class(self) -> Any:
        return DossierDocument if self.action == "list" else DossierInFull

    @extend_schema(request=NewDossier, responses={201: DossierInFull})
    @once
    def create(self, request: Request) -> Response:
        """Open a dossier for one of the program's repairers."""
        asked = NewDossier(data=request.data, context={"repairers": repairers_of(self.program)})
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        dossier = services.create(values.pop("repairer"), values, self.program)
        self.kwargs["pk"] = dossier.pk
        return Response(self.document(), 201)

    @extend_schema(request=DossierFacts, responses=DossierInFull)
    @once
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the facts that are sent, and no other. With If-Match only if nobody else changed it meanwhile."""
        dossier = self.get_object()
        asked = DossierFacts(dossier, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        with self.as_read(dossier.repairer_id):
            services.edit(dossier, asked.validated_data, self.program)
        return Response(self.document())

    @extend_schema(request=StatusBody, responses=DossierInFull)
    @action(detail=True, methods=["post"])
    @once
    def status(self, request: Request, pk: int) -> Response:
        """Set the status of a dossier, close it, or reopen it."""
        dossier = self.get_object()
        asked = StatusBody(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data["status"]
        with self.as_read(dossier.repairer_id):
            if wanted == REOPEN:
                services.reopen(dossier, self.program)
            else:
                services.set_status(dossier, wanted, self.program)
        return Response(self.document())

    @extend_schema(request=CommentBody, responses={201: DossierInFull})
    @action(detail=True, methods=["post"])
    @once
    def comments(self, request: Request, pk: int) -> Response:
        """Comment on a dossier."""
        dossier = self.get_object()
        asked = CommentBody(data=request.data)
        asked.is_valid(raise_exception=True)
        services.add_comment(dossier, asked.validated_data["text"], self.program)
        return Response(self.document(), 201)

    @extend_schema(request=PhotoBody, responses={201: PhotoDocument})
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    @partial(once, first=_store)
    def photos(self, request: Request, pk: int, stored: uploads.Stored, caption: str) -> Response:
        """Add a photo to a dossier; one with the same content as before is the one that is there."""
        photo = uploads.add(self.get_object(), stored, self.program, caption)
        return Response(PhotoDocument(photo).data, 201)
