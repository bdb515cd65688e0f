"""The repairers that a program sees."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from repairers.access import repairers_of
from repairers.api.views import ApiView
from repairers.models import Repairer, Site


class SiteDocument(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ("id", "name")


class RepairerDocument(serializers.ModelSerializer[Repairer]):
    site = SiteDocument()

    class Meta:
        model = Repairer
        fields = ("id", "name", "site")


class Repairers(ListModelMixin, RetrieveModelMixin, ApiView, GenericViewSet[Any]):
    lookup_value_converter = "int"
    serializer_class = RepairerDocument

    def get_queryset(self) -> QuerySet[Repairer]:
        return repairers_of(self.program).select_related("site")
