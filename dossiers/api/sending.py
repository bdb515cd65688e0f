"""A dossier to Winformex II by the API, while Claims360 is off: plate, mileage, chosen photos, and nothing else."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers import services
from dossiers.api.documents import SendBody, TransmissionDocument
from dossiers.models import Dossier
from dossiers.winformex import sending
from repairers.access import visible
from repairers.api.idempotency import once
from repairers.api.views import ApiView
from repairers.models import Scope


class SendToWinformex(ApiView):
    writes = Scope.SEND
    serializer_class = SendBody

    def get_queryset(self) -> QuerySet[Dossier]:
        return visible(Dossier.objects.select_related("repairer"), self.program)

    @extend_schema(
        operation_id="dossiers_send_to_winformex",
        request=SendBody,
        responses={202: TransmissionDocument},
    )
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Write the transmission; a worker delivers it. Refused with 409 `winformex-over` once Claims360 is active."""
        dossier = self.get_object()
        asked = SendBody(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        given: dict[str, Any] = {name: wanted[name] for name in ("plate", "mileage") if name in wanted}
        facts = {"plate": dossier.plate, "mileage": dossier.mileage, **given}
        row = sending.ask(
            dossier, self.program, **facts, photo_ids=wanted["photos"], mission_id=wanted.get("mission")
        )
        services.edit(dossier, given, self.program)
        return Response(TransmissionDocument(row).data, 202)
