"""Records that could not be taken over, each with its reason."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet

from dossiers.api.documents import SetAsideDocument
from dossiers.api.filters import SetAsideFilter
from dossiers.models import SetAside
from repairers.access import visible
from repairers.api.views import ApiView


class AllSetAside(ListModelMixin, ApiView, GenericViewSet[Any]):
    serializer_class = SetAsideDocument
    filterset_class = SetAsideFilter

    def get_queryset(self) -> QuerySet[SetAside]:
        return visible(SetAside.objects.filter(resolved_at=None).defer("raw"), self.program)
