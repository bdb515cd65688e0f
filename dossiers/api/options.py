"""The options of the whole database, for the programs of the helpdesk."""

from typing import Any

from constance.utils import get_values
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.api.fields import Text
from dossiers.intake.rules import Queueing
from dossiers.option_changes import change_options
from dossiers.options import ExcludesField
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class Excludes(Text):
    """A wrong line is refused, with its number and why."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, max_length=20_000, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> str:
        return ExcludesField(required=False).clean(super().run_validation(data))


class OptionsDocument(serializers.Serializer[Any]):
    """By the names that users know."""

    CLAIMS360_ENABLED = serializers.BooleanField()
    INFORMEX_QUEING = serializers.ChoiceField(choices=[one.value for one in Queueing])
    INFORMEX_EXCLUDES = Excludes(help_text="One rule a line.")


class Options(ApiView):
    reads = writes = Scope.OPTIONS
    serializer_class = OptionsDocument
    pagination_class = None

    @extend_schema(operation_id="options_retrieve")
    def get(self, request: Request) -> Response:
        """The options as they now stand."""
        return Response(self.document())

    @extend_schema(request=OptionsDocument(partial=True), operation_id="options_partial_update")
    @once
    def patch(self, request: Request) -> Response:
        """Change the options that are sent; the history says which program it was."""
        asked = OptionsDocument(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            self.must_match()
            change_options(asked.validated_data, self.program)
        return Response(self.document())

    def document(self) -> Any:
        return self.get_serializer(get_values()).data
