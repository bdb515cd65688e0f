"""What is held of a repairer as a document: ids, versions, status, amounts and hashes as Claims360 gave them."""

from typing import Any

from rest_framework import serializers

from dossiers.models import Mission, Photo, Quote, QuoteVersion, SetAside, Source, Transmission
from dossiers.models.photo import FetchState
from dossiers.sentences import sentence
from repairers.models import Repairer


class VersionDocument(serializers.ModelSerializer[QuoteVersion]):
    gross = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = QuoteVersion
        fields = ("version", "status", "gross")


class QuoteDocument(serializers.ModelSerializer[Quote]):
    id = serializers.CharField(source="external_id")
    versions = VersionDocument(many=True)

    class Meta:
        model = Quote
        fields = ("id", "number", "state", "versions")


class PhotoDocument(serializers.ModelSerializer[Photo]):
    id = serializers.CharField(source="external_id")

    class Meta:
        model = Photo
        fields = ("id", "sha256", "withdrawn")


class MissionDocument(serializers.ModelSerializer[Mission]):
    id = serializers.CharField(source="external_id")
    plate = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    dossier = serializers.IntegerField(source="dossier_id", allow_null=True)
    quotes = QuoteDocument(many=True)
    photos = serializers.SerializerMethodField()

    class Meta:
        model = Mission
        fields = (
            "id",
            "number",
            "version",
            "plate",
            "owner",
            "state",
            "reason",
            "dossier",
            "quotes",
            "photos",
        )

    def get_plate(self, mission: Mission) -> str | None:
        return mission.plate or None

    def get_owner(self, mission: Mission) -> str | None:
        return mission.owner_name or None

    def get_reason(self, mission: Mission) -> str:
        return sentence(mission.reason, mission.reason_args)

    def get_photos(self, mission: Mission) -> list[dict[str, Any]]:
        checked = [photo for photo in mission.photos.all() if photo.fetch_state == FetchState.STORED]
        return list(PhotoDocument(checked, many=True).data)


class SetAsideDocument(serializers.ModelSerializer[SetAside]):
    id = serializers.CharField(source="external_id")

    class Meta:
        model = SetAside
        fields = ("entity", "id", "version", "reason")


class TransmissionDocument(serializers.ModelSerializer[Transmission]):
    mission = serializers.SerializerMethodField()
    photos = serializers.SerializerMethodField()

    class Meta:
        model = Transmission
        fields = (
            "id",
            "dossier",
            "mission",
            "body",
            "state",
            "error",
            "attempts",
            "created_at",
            "delivered_at",
            "photos",
        )

    def get_mission(self, transmission: Transmission) -> str | None:
        if transmission.mission is not None:
            return transmission.mission.external_id
        opening = getattr(transmission.dossier, "opening", None)
        return opening.mission_external_id or None if opening else None

    def get_photos(self, transmission: Transmission) -> list[dict[str, Any]]:
        return [
            {"photo": row.photo_id, "state": row.state, "error": row.error}
            for row in transmission.photos.all()
        ]


def held_of(repairer: Repairer) -> dict[str, Any]:
    """All that is held of `repairer`'s Claims360 link, in a constant number of statements."""
    missions = Mission.objects.filter(repairer=repairer, source=Source.CLAIMS360).order_by("external_id")
    set_aside = SetAside.objects.filter(repairer=repairer, source=Source.CLAIMS360, resolved_at=None)
    transmissions = Transmission.objects.filter(dossier__repairer=repairer, link=Source.CLAIMS360)
    return {
        "repairer": repairer.pk,
        "missions": list(
            MissionDocument(missions.prefetch_related("quotes__versions", "photos"), many=True).data
        ),
        "set_aside": list(SetAsideDocument(set_aside.order_by("pk"), many=True).data),
        "transmissions": list(
            TransmissionDocument(
                transmissions.select_related("mission", "dossier__opening").prefetch_related("photos"),
                many=True,
            ).data
        ),
    }
