"""Missions, the state of a link and its runs as documents."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claims360_link.information import Telling, outcome, tell
from claims360_link.models import SyncRun
from claims360_link.rows import Row
from claims360_link.status import SyncStatus
from dossiers.api.documents import PhotoDocument, QuoteDocument
from dossiers.api.fields import Amount, Why
from dossiers.models import Mission
from repairers.access import MAX_ID


class NewestQuote(serializers.Serializer[Any]):
    """The quote that waits, else the newest; `difference` against its version before."""

    id = serializers.IntegerField(source="quote.id")
    number = serializers.CharField(source="quote.number")
    version = serializers.IntegerField(source="quote.version")
    status = serializers.CharField(source="quote.status")
    state = serializers.CharField(source="quote.state")
    gross = Amount(source="quote.gross", allow_null=True)
    difference = Amount(allow_null=True)


class MissionDocument(serializers.ModelSerializer[Mission]):
    """A row of the list. The context's `rows` are those of the missions, by id."""

    claim_number = serializers.CharField(read_only=True)
    reason = Why("reason", "reason_args")
    quote = serializers.SerializerMethodField()
    photo_count = serializers.SerializerMethodField()
    possible_dossiers = serializers.SerializerMethodField(
        help_text="Ids of where it may belong; of more than one, somebody has to choose."
    )

    class Meta:
        model = Mission
        fields: tuple[str, ...] = (
            "id",
            "source",
            "external_id",
            "number",
            "claim_number",
            "version",
            "repairer",
            "dossier",
            "status",
            "state",
            "reason",
            "changed_since_denied",
            "task_code",
            "smart_expertise",
            "plate",
            "make",
            "model",
            "owner_name",
            "owner_number",
            "insurer_name",
            "quote",
            "photo_count",
            "possible_dossiers",
            "changed_at",
            "received_at",
            "updated_at",
        )

    @extend_schema_field(NewestQuote(allow_null=True))
    def get_quote(self, mission: Mission) -> dict[str, Any] | None:
        row = self._row(mission)
        return NewestQuote(row).data if row.quote else None

    def get_photo_count(self, mission: Mission) -> int:
        return self._row(mission).photos

    def get_possible_dossiers(self, mission: Mission) -> list[int]:
        return [dossier.pk for dossier in self._row(mission).possible]

    def _row(self, mission: Mission) -> Row:
        row: Row = self.context["rows"][mission.pk]
        return row


class MissionInFull(MissionDocument):
    """All that came of a mission: `facts` by the names of a dossier's fields, `notes` on what could not be read."""

    facts = serializers.DictField()
    comments = serializers.ListField(child=serializers.DictField())
    notes = serializers.DictField()
    quotes = QuoteDocument(many=True)
    photos = PhotoDocument(many=True)

    class Meta(MissionDocument.Meta):
        fields = (*MissionDocument.Meta.fields, "facts", "comments", "notes", "quotes", "photos")


class TellingDocument(serializers.Serializer[Telling]):
    """What the page says. `moving`: something is under way, look again soon."""

    title = serializers.CharField()
    detail = serializers.CharField()
    moving = serializers.BooleanField()


class SyncDocument(serializers.Serializer[SyncStatus]):
    """How a repairer's link is."""

    configured = serializers.BooleanField()
    said = serializers.SerializerMethodField()
    run = serializers.IntegerField(
        source="run.pk", allow_null=True, default=None, help_text="The newest run."
    )
    photos_pending = serializers.IntegerField()
    photos_done = serializers.IntegerField()
    photos_failed = serializers.IntegerField()
    error = Why("error")
    stale = serializers.BooleanField(help_text="No run for more than half an hour.")
    last_ok_at = serializers.DateTimeField(allow_null=True)
    not_before = serializers.DateTimeField(allow_null=True)
    next_round_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(TellingDocument)
    def get_said(self, status: SyncStatus) -> dict[str, Any]:
        return TellingDocument(tell(status)).data


class RunDocument(serializers.ModelSerializer[SyncRun]):
    error = Why("error")
    brought = serializers.SerializerMethodField(help_text="The tally in words.")

    class Meta:
        model = SyncRun
        fields = (
            "id",
            "repairer",
            "bodyshop_id",
            "trigger",
            "started_at",
            "ended_at",
            "outcome",
            "error",
            "pages",
            "tally",
            "brought",
        )

    def get_brought(self, run: SyncRun) -> str:
        return outcome(run)


class LinkBody(serializers.Serializer[Any]):
    """An open dossier of the same repairer."""

    dossier = serializers.IntegerField(min_value=1, max_value=MAX_ID)
