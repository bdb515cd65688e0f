"""The receiving side of Winformex II, the old platform: files of a mailbox, by names that the sender chose."""

import hashlib
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import HTTPException

from claims360_link.sandbox import drawing, wire_faults
from claims360_link.sandbox.api import MAX_PHOTO_BYTES, as_json, http_problem, vehicle_return
from claims360_link.sandbox.problems import Problem
from claims360_link.sandbox.store import NotThere, Store, utc_now
from claims360_link.sandbox.wire_faults import current_store

winformex = Blueprint("winformex", __name__)
received_pages = Blueprint("winformex_pages", __name__)


@winformex.before_request
def faults_before() -> Response | None:
    return wire_faults.before(current_store(), _mailbox())


@winformex.after_request
def faults_after(answer: Response) -> Response:
    if "X-Sandbox-Status" in answer.headers:
        return answer
    return wire_faults.after(current_store(), _mailbox(), answer)


@winformex.errorhandler(Problem)
def problem(refusal: Problem) -> Response:
    return refusal.response()


@winformex.errorhandler(NotThere)
def not_there(_: NotThere) -> Response:
    return Problem(404, "not-found", "No such mailbox or file.").response()


winformex.register_error_handler(HTTPException, http_problem)


def _mailbox() -> str | None:
    return (request.view_args or {}).get("mailbox")


@winformex.put("/mailboxes/<mailbox>/files/<path:reference>")
def put_file(mailbox: str, reference: str) -> Response:
    """Plate and mileage (km) of a file, new or not."""
    store, said = current_store(), vehicle_return()
    store.bodyshop(mailbox)
    is_new = not _file(store, mailbox, reference)
    store.db.execute(
        "INSERT INTO winformex_files (mailbox, reference, plate, mileage, received_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET plate = excluded.plate, mileage = excluded.mileage, requests = requests + 1",
        mailbox, reference, said["plate"], said["mileage"], utc_now().isoformat(),
    )  # fmt: skip
    return as_json({"reference": reference}, 201 if is_new else 200)


@winformex.put("/mailboxes/<mailbox>/files/<path:reference>/photos/<sha256>")
def put_photo(mailbox: str, reference: str, sha256: str) -> Response:
    """A photo of a file, under its hash; one that is there already stays as it is."""
    store, content = current_store(), request.get_data()
    if not _file(store, mailbox, reference):
        raise NotThere(reference)
    if len(content) > MAX_PHOTO_BYTES:
        raise Problem(413, "photo-too-large")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Problem(422, "validation", "The photo has another hash.")
    store.db.execute(
        "INSERT INTO winformex_photos (mailbox, reference, sha256, content, received_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET requests = requests + 1",
        mailbox, reference, sha256, content, utc_now().isoformat(),
    )  # fmt: skip
    return as_json({"sha256": sha256})


def received(store: Store, mailbox: str) -> dict[str, Any]:
    """All that came for a mailbox: `files` and `photos`, these without their bytes."""
    files = store.db.rows("SELECT * FROM winformex_files WHERE mailbox = ? ORDER BY n", mailbox)
    photos = store.db.rows(
        "SELECT n, reference, sha256, received_at, requests FROM winformex_photos WHERE mailbox = ? ORDER BY n",
        mailbox,
    )
    return {"files": [dict(row) for row in files], "photos": [dict(row) for row in photos]}


@received_pages.get("/atelier/<bodyshop_id>/winformex")
def received_page(bodyshop_id: str) -> str:
    store = current_store()
    return render_template(
        "winformex.html", bodyshop=store.bodyshop(bodyshop_id), received=received(store, bodyshop_id)
    )


@received_pages.get("/atelier/<bodyshop_id>/winformex/<int:n>")
def photo(bodyshop_id: str, n: int) -> Response:
    found = current_store().db.row(
        "SELECT content FROM winformex_photos WHERE mailbox = ? AND n = ?", bodyshop_id, n
    )
    if found is None:
        raise NotThere(str(n))
    return Response(drawing.thumbnail(found["content"]), mimetype="image/jpeg")


@received_pages.errorhandler(NotThere)
def no_page(_: NotThere) -> tuple[str, int]:
    return render_template("error.html", message="Cet élément n'existe pas."), 404


def _file(store: Store, mailbox: str, reference: str) -> Any:
    return store.db.row(
        "SELECT n FROM winformex_files WHERE mailbox = ? AND reference = ?", mailbox, reference
    )
