"""Photos: what is known of each, and its renditions."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from dossiers.api.documents import PhotoDocument
from dossiers.api.filters import PhotoFilter
from dossiers.models import Photo
from dossiers.views.photos import rendition
from repairers.access import visible
from repairers.api.views import ApiView

as_jpeg = extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})


class Jpeg(JSONRenderer):
    """For whoever accepts pictures only; what is refused is told in JSON to them too."""

    media_type = "image/jpeg"
    format = "jpeg"


class Photos(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    serializer_class = PhotoDocument
    filterset_class = PhotoFilter
    sorts = ("updated_at",)

    def get_queryset(self) -> QuerySet[Photo]:
        return visible(Photo.objects.select_related("content"), self.program)

    @as_jpeg
    @action(detail=True, renderer_classes=[JSONRenderer, Jpeg])
    def thumb(self, request: Request, pk: int) -> HttpResponse:
        """The photo, small. 404 until its content is here."""
        return rendition(request._request, self.get_object(), "thumb")

    @as_jpeg
    @action(detail=True, renderer_classes=[JSONRenderer, Jpeg])
    def large(self, request: Request, pk: int) -> HttpResponse:
        """The photo, large. 404 until its content is here."""
        return rendition(request._request, self.get_object(), "large")
