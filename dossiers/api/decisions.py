"""What was decided last on a mission or quote, as a document, and how it is taken back."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dossiers import event_text
from dossiers.intake.undo import standing_decision
from dossiers.models import Event, Mission, Quote
from repairers.access import MAX_ID


class DecisionDocument(serializers.ModelSerializer[Event]):
    """By its `id` it is taken back, while nobody has built on it."""

    text = serializers.SerializerMethodField(help_text="What was decided, in words.")
    by = serializers.CharField(source="actor_name", help_text="Who decided; empty where nobody did.")

    class Meta:
        model = Event
        fields = ("id", "text", "by", "at")

    def get_text(self, event: Event) -> str:
        return event_text.text(event)


@extend_schema_field(DecisionDocument(allow_null=True))
class Decision(serializers.Field[Any, Any, Any, Any]):
    """What was decided last, where that still stands, else null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, decided: Mission | Quote) -> dict[str, Any] | None:
        event = standing_decision(decided)
        return None if event is None else DecisionDocument(event).data


class DecisionBody(serializers.Serializer[Any]):
    """The `decision` that is to be taken back, by its id."""

    decision = serializers.IntegerField(min_value=1, max_value=MAX_ID)
