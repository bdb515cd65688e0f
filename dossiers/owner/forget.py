"""Forget an owner: what is personal leaves the database and the files; that there was a case stays."""

from collections.abc import Iterator

from constance import config
from django.db import connection, transaction

from dossiers import search_index
from dossiers.forgetting import UNSENT, emptied, forget, forget_set_aside, keep_arguments
from dossiers.models import Dossier, Event, Mission, MissionState, Photo, SetAside, Transmission
from dossiers.models.dossier import DossierStatus
from dossiers.owner.find import Case, Held, mentions
from repairers.locking import one_writer

OPEN = (MissionState.INCOMPLETE, MissionState.WAITING)


class StillNeeded(Exception):
    """Work on it is not done: each reason a sentence that says what to do first."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)


def forget_owner(held: Held, owner: str) -> None:
    """Forget all of `held`, or nothing. Raises StillNeeded."""
    with transaction.atomic():
        reasons = list(_rules(owner))
        for case in held.cases:
            with one_writer(case.repairer_id):
                reasons += _hindrances(case)
                if not reasons:
                    forget(case.repairer_id, case.missions, case.dossiers, "forgotten-asked")
        if reasons:
            raise StillNeeded(reasons)
        for model, ids in held.loose.items():
            rows = model._base_manager.filter(pk__in=ids)
            if model is Event:
                keep_arguments(rows)
            elif model is SetAside:
                forget_set_aside(SetAside.objects.filter(pk__in=ids))
            else:
                rows.update(**emptied(model))


def overwrite() -> None:
    """Have the database give up what it still holds of deleted rows. Raises django.db.Error where somebody is at it."""
    search_index.forget_deleted(connection)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _rules(owner: str) -> Iterator[str]:
    if mentions(config.INFORMEX_EXCLUDES, [owner]):
        yield "A rule of INFORMEX_EXCLUDES names this owner: take it out first."


def _hindrances(case: Case) -> Iterator[str]:
    dossiers = Dossier.objects.filter(pk__in=case.dossiers)
    for dossier in dossiers.exclude(status=DossierStatus.CLOSED).order_by("pk"):
        yield f"{dossier} is open: close it first."
    for mission in Mission.objects.filter(pk__in=case.missions, state__in=OPEN).order_by("pk"):
        yield f"Mission {mission} waits in the queue: accept or deny it first."
    for row in Transmission.objects.filter(dossier__in=case.dossiers, state__in=UNSENT).order_by("pk"):
        yield f"What {row.dossier} sends has not arrived: wait for it, or give it up first."
    if Photo.objects.filter(mission__in=case.missions, fetch_since__isnull=False).exists():
        yield "A photo is being fetched: try again in some minutes."
