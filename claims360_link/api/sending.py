"""The "i" of a dossier by the API: plate, mileage and the chosen photos, and nothing else."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from claims360_link.api.active import OnlyWhenActive
from claims360_link.credentials import NotConfigured, configuration_of
from claims360_link.nudges import DELIVER
from dossiers import outbox, services
from dossiers.api.documents import SendBody, TransmissionDocument
from dossiers.models import Dossier, Source, Transmission
from dossiers.nudges import nudge
from repairers.access import visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class Send(OnlyWhenActive, ApiView):
    writes = Scope.SEND
    serializer_class = SendBody

    def get_queryset(self) -> QuerySet[Dossier]:
        return visible(Dossier.objects.all(), self.program)

    @extend_schema(
        operation_id="dossiers_send",
        request=SendBody,
        responses={202: TransmissionDocument},
    )
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Write the transmission; a worker delivers it. Its state stands in the transmission."""
        dossier = self.get_object()
        asked = SendBody(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self._asked(dossier, asked.validated_data)
        return Response(TransmissionDocument(row).data, 202)

    def _asked(self, dossier: Dossier, wanted: dict[str, Any]) -> Transmission:
        """Raises NotConfigured, CannotSend."""
        configuration = configuration_of(dossier.repairer_id)
        if configuration is None:
            raise NotConfigured
        given: dict[str, Any] = {name: wanted[name] for name in ("plate", "mileage") if name in wanted}
        facts = {"plate": dossier.plate, "mileage": dossier.mileage, **given}
        row = outbox.ask(
            dossier,
            self.program,
            **facts,
            photo_ids=wanted["photos"],
            link=Source.CLAIMS360,
            mailbox=configuration.bodyshop_id,
            mission_id=wanted.get("mission"),
        )
        services.edit(dossier, given, self.program)
        nudge(DELIVER, row.pk)
        return row
