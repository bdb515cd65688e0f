"""What is personal leaves the rows; what stays tells that there was a case, and who did what with it.

The rows themselves stay, so that what is sent again is known again, and no second file is opened. A column that is not
named here is emptied: a new one is forgotten unless somebody says why it stays.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Field, JSONField, Model, Q, QuerySet
from django.utils import timezone

from dossiers import contents, history, kept_aside
from dossiers.models import (
    Comment,
    Dossier,
    Event,
    Mission,
    MissionState,
    Opening,
    OptionChange,
    OrderLine,
    Photo,
    Quote,
    QuoteState,
    QuoteVersion,
    SetAside,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.staff_messages import queue_was_worked_on
from repairers.models import KeptAnswer

# what they send may still be wanted
UNSENT = (SendState.PENDING, SendState.IN_FLIGHT, SendState.NEEDS_PERSON)
About = dict[type[Model], "QuerySet[Any]"]

# Numbers and ids by which a case is known again, states and their codes, times of what was done, hashes, sums of money.
# Keys, relations and booleans stay everywhere.
DELIVERY = {
    "state", "attempts", "first_attempt_at", "in_flight_since", "not_before", "error", "correlation_id",
    "delivered_at", "idempotency_key", "created_at",
}  # fmt: skip
KEPT: dict[type[Model], set[str]] = {
    Dossier: {"status", "created_at", "changed_at", "closed_at"},
    KeptAnswer: {"key", "request_sha256", "status", "created_at"},
    OptionChange: {"name", "address", "changed_at"},
    Mission: {
        "source", "external_id", "number", "number_key", "version", "digest", "status", "task_code", "state", "reason",
        "reason_args", "rules_digest", "decided_at", "changed_at", "received_at", "updated_at", "forgotten_at",
    },
    Quote: {
        "source", "external_id", "number", "version", "supplement", "status", "currency", "gross", "previous_gross",
        "state", "reason", "reason_args", "accepted_version", "decided_at", "received_at", "updated_at",
    },
    QuoteVersion: {
        "version", "supplement", "status", "previous_status", "currency", "vat_rate", "totals", "digest",
        "changed_at", "received_at",
    },
    Photo: {
        "source", "external_id", "version", "origin", "sequence", "sha256", "bytes", "fetch_state", "received_at",
        "updated_at",
    },
    Opening: {*DELIVERY, "link", "mailbox", "mission_external_id"},
    Transmission: {*DELIVERY, "link", "mailbox", "body_delivered_at"},
    TransmissionPhoto: {*DELIVERY, "external_id"},
    Event: {"at", "actor_name", "address", "verb", "args"},
    SetAside: {
        "source", "entity", "external_id", "mission_external_id", "version", "reason", "digest", "created_at",
        "resolved_at",
    },
}  # fmt: skip
# Of the arguments of a line of the trail or of a reason; the others were typed, or came with the case.
KEPT_ARGS = {
    "bodyshop_id", "dossier", "fact", "fields", "form", "from", "number", "photos", "rows", "source", "state", "to",
    "token", "version", "was", "what", "days",
}  # fmt: skip


def rows_about(repairer_id: int, missions: Collection[int], dossiers: Collection[int]) -> About:
    """All rows of these missions and dossiers of one repairer, table by table."""
    of_missions, of_dossiers = Q(mission__in=missions), Q(dossier__in=dossiers)
    return {
        Dossier: Dossier.objects.filter(pk__in=dossiers),
        Comment: Comment.objects.filter(of_dossiers),
        Mission: Mission.objects.filter(pk__in=missions),
        Quote: Quote.objects.filter(of_missions),
        QuoteVersion: QuoteVersion.objects.filter(quote__mission__in=missions),
        OrderLine: OrderLine.objects.filter(of_dossiers | Q(quote__mission__in=missions)),
        Photo: Photo.objects.filter(of_missions | of_dossiers),
        Opening: Opening.objects.filter(of_dossiers),
        Transmission: Transmission.objects.filter(of_missions | of_dossiers),
        TransmissionPhoto: TransmissionPhoto.objects.filter(
            Q(transmission__dossier__in=dossiers)
            | Q(photo__in=Photo.objects.filter(of_missions | of_dossiers))
        ),
        Event: Event.objects.filter(of_missions | of_dossiers),
        SetAside: SetAside.objects.filter(_names_one_of(missions), repairer=repairer_id),
    }


def forget(
    repairer_id: int, missions: Collection[int], dossiers: Collection[int], verb: str, **args: Any
) -> None:
    """Empty all rows of these missions and dossiers, with a line each in the trail; within `one_writer`.

    `verb` is a code of `dossiers.sentences`. What waits in them waits no more.
    """
    about = rows_about(repairer_id, missions, dossiers)
    forget_photos(about.pop(Photo))
    about.pop(Comment).delete()
    about.pop(OrderLine).delete()
    for rows in (about[Mission], about[Quote], about[Event]):
        keep_arguments(rows)
    about[Mission].filter(state=MissionState.EXCLUDED).update(state=MissionState.ARCHIVED)
    undecided = (QuoteState.EXCLUDED, QuoteState.WAITING)
    about[Quote].filter(state__in=undecided).update(state=QuoteState.FOLLOWS)
    queue_was_worked_on([repairer_id])
    about[SetAside].filter(resolved_at=None).update(resolved_at=timezone.now())
    forget_set_aside(about.pop(SetAside))
    for model, rows in about.items():
        rows.update(**emptied(model))
    Mission.objects.filter(pk__in=missions).update(forgotten_at=timezone.now())
    _write_down(repairer_id, missions, dossiers, verb, args)


def forget_photos(photos: "QuerySet[Photo]") -> None:
    """Empty these photos, and give up their contents where nobody else has the same."""
    rows = list(photos.values_list("pk", "content", "prepared"))
    ids = [pk for pk, _, _ in rows]
    nothing = {"content": None, "prepared": None, "fetch_state": FetchState.FORGOTTEN}
    Photo.objects.filter(pk__in=ids).update(**emptied(Photo), **nothing, updated_at=timezone.now())
    contents.discard_unused(sha256 for _, *hashes in rows for sha256 in hashes if sha256)
    contents.delete_parts(ids)


def forget_set_aside(rows: "QuerySet[SetAside]") -> int:
    """Empty these records, and give up what was sent with them; gives how many there are."""
    with transaction.atomic():
        names = kept_aside.files_of(rows)
        count = rows.update(**emptied(SetAside))
        kept_aside.discard(names)
        transaction.on_commit(contents.delete_loose)
    return count


def keep_arguments(rows: "QuerySet[Any]") -> None:
    """Of the arguments of these events, or reasons, keep those that say nothing of a person."""
    name = "args" if rows.model is Event else "reason_args"
    changed = [row for row in rows if getattr(row, name)]
    for row in changed:
        setattr(row, name, _kept(getattr(row, name)))
    rows.model.objects.bulk_update(changed, [name], batch_size=500)


def emptied(model: type[Model]) -> dict[str, Any]:
    """The columns of `model` that do not stay, each with what says nothing."""
    return {field.attname: _nothing(field) for field in model._meta.concrete_fields if not _stays(field)}


def _nothing(field: "Field[Any, Any]") -> Any:
    if field.null:
        return None
    return {} if isinstance(field, JSONField) and not field.has_default() else field.get_default()


def _stays(field: "Field[Any, Any]") -> bool:
    always = field.primary_key or field.is_relation or isinstance(field, BooleanField)
    return always or field.name in KEPT[field.model]


def _kept(args: dict[str, Any]) -> dict[str, Any]:
    """A withdrawn mission's arguments say in which state it was, and by which code."""
    codes = {"reason"} if "was" in args else set()
    return {name: value for name, value in args.items() if name in KEPT_ARGS | codes}


def _names_one_of(missions: Collection[int]) -> Q:
    """The records kept aside that belong to these missions, by the id of one, of its quotes or of its photos."""
    found = Q(pk__in=[])
    for source in set(Mission.objects.filter(pk__in=missions).values_list("source", flat=True)):
        of_mission = Mission.objects.filter(pk__in=missions, source=source).values("external_id")
        ids = Q(mission_external_id__in=of_mission) | Q(external_id__in=of_mission)
        for model in (Quote, Photo):
            rows = model.objects.filter(mission__in=missions, source=source).exclude(external_id="")
            ids |= Q(external_id__in=rows.values("external_id"))
        found |= Q(source=source) & ids
    return found


def _write_down(
    repairer_id: int, missions: Collection[int], dossiers: Collection[int], verb: str, args: dict[str, Any]
) -> None:
    """A line a mission, and one for a dossier that has none of them."""
    about = dict(Mission.objects.filter(pk__in=missions).values_list("pk", "dossier"))
    places: list[tuple[int | None, int | None]]
    places = [(pk, dossier if dossier in dossiers else None) for pk, dossier in about.items()]
    places += [(None, dossier) for dossier in set(dossiers) - set(about.values())]
    events = []
    for mission_id, dossier_id in places:
        event = history.event(verb, repairer_id=repairer_id, args=args)
        event.mission_id, event.dossier_id = mission_id, dossier_id
        events.append(event)
    history.record_all(events)
