"""Give out what is held on an owner: every row as JSON, every photo as it lies, and what came as one and is none."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfileobj

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet

from dossiers import history, kept_aside
from dossiers.contents import open_content
from dossiers.models import Content, Photo, SetAside
from dossiers.owner.find import Held
from dossiers.store import files
from repairers.models import User

OF_STAFF = {"actor_name", "address"}  # who of us did something: theirs, not the owner's
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic"}


def export_owner(held: Held, path: Path) -> int:
    """Write a new ZIP of all that is held to `path`, for this user alone; gives how many rows.

    Raises OSError, also where there is a file already; where a photo can't be had, there is none then.
    """
    path.touch(mode=0o600, exist_ok=False)
    try:
        rows = _write(held, path)
    except OSError:
        path.unlink()
        raise
    _write_down(held, rows)
    return rows


def _write(held: Held, path: Path) -> int:
    rows = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("rows.jsonl", "w", force_zip64=True) as file:
            for line in _lines(held):
                file.write(line)
                rows += 1
        for content in _contents(held):
            name = f"photos/{content.sha256}{ENDINGS.get(content.mime, '')}"
            with open_content(content) as photo, archive.open(name, "w") as file:
                copyfileobj(photo, file)
        for name in _kept_aside(held):
            with files.open(name) as kept, archive.open(name, "w") as file:
                copyfileobj(kept, file)
    return rows


def _lines(held: Held) -> Iterator[bytes]:
    for rows in held.rows():
        for row in rows.values(*_columns(rows.model)).iterator():
            document = {"table": rows.model._meta.label_lower, **row}
            yield f"{json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False)}\n".encode()


def _columns(model: type[Model]) -> list[str]:
    fields = [field for field in model._meta.concrete_fields if field.name not in OF_STAFF]
    return [field.attname for field in fields if field.related_model is not User]


def _contents(held: Held) -> QuerySet[Content]:
    photos = Q()
    for rows in held.rows():
        if rows.model is Photo:
            photos |= Q(photos__in=rows) | Q(prepared_for__in=rows)
    return Content.objects.filter(photos).distinct() if photos else Content.objects.none()


def _kept_aside(held: Held) -> set[str]:
    return set().union(*(kept_aside.files_of(rows) for rows in held.rows() if rows.model is SetAside))


def _write_down(held: Held, rows: int) -> None:
    """In the trail of each repairer whose cases are in it."""
    history.record_all(
        history.event("owner-exported", repairer_id=case.repairer_id, args={"rows": rows})
        for case in held.cases
    )
