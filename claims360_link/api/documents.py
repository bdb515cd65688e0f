"""Missions, the state of a link and its runs as documents."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claims360_link.information import Telling, outcome, tell
from claims360_link.models import SyncRun
from claims360_link.rows import Row
from claims360_link.status import SyncStatus
from dossiers import facts
from dossiers.api.decisions import Decision
from dossiers.api.documents import PhotoDocument, QuoteDocument
from dossiers.api.fields import Amount, Text, Why, many
from dossiers.intake.decide import offers_of
from dossiers.models import Mission, Photo, Quote, Source
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
    """A row of the list, once however it came. The context's `rows` are those of the missions, by id."""

    sources = serializers.SerializerMethodField(help_text="By which ways it came.")
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
            "sources",
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

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Source.choices)))
    def get_sources(self, mission: Mission) -> list[str]:
        twin = self._row(mission).twin
        return sorted({mission.source, twin.source}) if twin else [mission.source]

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


class OfferDocument(serializers.Serializer[Any]):
    """A fact of which its dossier has another value, and nobody has chosen yet."""

    fact = serializers.CharField()
    own = serializers.JSONField(help_text="The dossier's.")
    theirs = serializers.JSONField(help_text="The mission's.")


class MissionInFull(MissionDocument):
    """All that came of a mission: `facts` by the names of a dossier's fields, `notes` on what could not be read."""

    twin = serializers.SerializerMethodField(
        help_text="The same mission, as it came by the other way: its id."
    )
    twin_of = serializers.IntegerField(
        source="twin_of_id",
        allow_null=True,
        help_text="The one that is decided for both, where this is not it.",
    )
    decision = Decision()
    facts = serializers.DictField()
    comments = serializers.ListField(child=serializers.DictField())
    notes = serializers.DictField()
    offers = serializers.SerializerMethodField()
    quotes = serializers.SerializerMethodField(help_text="Those of its twin too.")
    photos = serializers.SerializerMethodField(help_text="Those of its twin too.")

    class Meta(MissionDocument.Meta):
        fields = (
            *MissionDocument.Meta.fields,
            "twin",
            "twin_of",
            "decision",
            "facts",
            "comments",
            "notes",
            "offers",
            "quotes",
            "photos",
        )

    def get_twin(self, mission: Mission) -> int | None:
        twin = self._row(mission).twin
        return twin.pk if twin else None

    @extend_schema_field(OfferDocument(many=True))
    def get_offers(self, mission: Mission) -> list[dict[str, Any]]:
        return [
            {"fact": fact, "own": facts.plain(own), "theirs": facts.plain(theirs)}
            for fact, (own, theirs) in offers_of(mission).items()
        ]

    @extend_schema_field(QuoteDocument(many=True))
    def get_quotes(self, mission: Mission) -> list[dict[str, Any]]:
        found = Quote.objects.filter(mission__in=self._both(mission)).select_related("mission")
        return many(QuoteDocument, found)

    @extend_schema_field(PhotoDocument(many=True))
    def get_photos(self, mission: Mission) -> list[dict[str, Any]]:
        return many(PhotoDocument, Photo.objects.filter(mission__in=self._both(mission)))

    def _both(self, mission: Mission) -> list[Mission]:
        twin = self._row(mission).twin
        return [mission, twin] if twin else [mission]


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
    asked_by = serializers.SerializerMethodField(help_text="Who, where it was not the clock.")
    error = Why("error")
    brought = serializers.SerializerMethodField(help_text="The tally in words.")

    class Meta:
        model = SyncRun
        fields = (
            "id",
            "repairer",
            "bodyshop_id",
            "trigger",
            "asked_by",
            "started_at",
            "ended_at",
            "outcome",
            "error",
            "pages",
            "tally",
            "brought",
        )

    def get_asked_by(self, run: SyncRun) -> str | None:
        user = run.asked_by
        return (user.get_full_name() or user.get_username()) if user else None

    def get_brought(self, run: SyncRun) -> str:
        return outcome(run)


class FactBody(serializers.Serializer[Any]):
    """A fact that is offered, by its name."""

    fact = Text(max_length=64)


class LinkBody(serializers.Serializer[Any]):
    """An open dossier of the same repairer."""

    dossier = serializers.IntegerField(min_value=1, max_value=MAX_ID)
