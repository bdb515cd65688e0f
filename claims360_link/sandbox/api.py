"""The wire: docs/claims360-api.yaml, to the letter."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from claims360_link.sandbox import drawing, feed_faults, wire_faults
from claims360_link.sandbox.faults import Fault
from claims360_link.sandbox.feed import CursorExpired, Page
from claims360_link.sandbox.problems import Problem, invalid
from claims360_link.sandbox.returns import Mismatch, Request
from claims360_link.sandbox.store import NotThere, Row, Store, utc_now
from claims360_link.sandbox.wire_faults import current_store

api = Blueprint("api", __name__)

MAX_PHOTO_BYTES = 10_000_000
MAX_PHOTOS = 100
LINK_WORKS_FOR = timedelta(minutes=15)
FINAL_STATUSES = {"closed", "cancelled"}


# -- around every request


def caller_id() -> str | None:
    return request.headers.get("X-Bodyshop-Id")


@api.before_request
def faults_before() -> Response | None:
    return wire_faults.before(current_store(), caller_id())


@api.after_request
def faults_after(answer: Response) -> Response:
    if "X-Sandbox-Status" in answer.headers:
        return answer
    return wire_faults.after(current_store(), caller_id(), answer)


@api.errorhandler(Problem)
def problem(refusal: Problem) -> Response:
    return refusal.response()


@api.errorhandler(NotThere)
def not_there(_: NotThere) -> Response:
    return Problem(404, "not-found").response()


def http_problem(error: HTTPException) -> Response:
    """What the framework refuses (unknown path, wrong method, range, size), as a problem like any other."""
    codes = {
        404: "not-found",
        405: "method-not-allowed",
        413: "photo-too-large",
        416: "range-not-satisfiable",
    }
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range")}
    status = error.code or 500
    return Problem(status, codes.get(status, "validation"), headers=kept).response()


api.register_error_handler(HTTPException, http_problem)


def caller(*scopes: str) -> tuple[Row, str]:
    """The body shop that asks, and which of its keys it used. Raises Problem 401, 403."""
    try:
        bodyshop = current_store().bodyshop(caller_id() or "")
    except NotThere:
        raise Problem(401, "key-unknown") from None
    key = request.headers.get("X-Api-Key", "").encode()
    for scope in ("bodyshop", "planmanager"):
        if hmac.compare_digest(key, bodyshop[f"{scope}_key"].encode()):
            if scope not in scopes:
                raise Problem(403, "key-scope", "The other key is needed.")
            return bodyshop, scope
    raise Problem(401, "key-unknown")


def mission_of(bodyshop: Row, mission_id: str) -> Row:
    """A mission of this body shop that has travelled and is not deleted. Raises NotThere."""
    mission = current_store().entity("mission", mission_id)
    if mission["bodyshop_id"] != bodyshop["id"] or not mission["transmitted"] or mission["deleted"]:
        raise NotThere(mission_id)
    return mission


def as_json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), status, mimetype="application/json")


# -- reading


@api.get("/whoami")
def whoami() -> Response:
    bodyshop, scope = caller("bodyshop", "planmanager")
    return as_json({"bodyshop_id": bodyshop["id"], "name": bodyshop["name"], "key_scope": scope})


@api.get("/changes")
def changes() -> Response:
    store, (bodyshop, _) = current_store(), caller("planmanager")
    if unknown := request.args.keys() - {"cursor", "limit"}:
        raise invalid(min(unknown), "unknown")
    limit = _limit()
    try:
        after = store.feed.position(bodyshop["id"], request.args.get("cursor"))
    except CursorExpired:
        raise Problem(410, "cursor-expired", "Start again without a cursor.") from None
    page = _page(store, bodyshop["id"], after, limit)
    cursor = json.dumps(store.feed.cursor(bodyshop["id"], page.next_seq))
    text = (
        f'{{"items":[{",".join(page.items)}],"next_cursor":{cursor},"has_more":{json.dumps(page.has_more)}}}'
    )
    return Response(text, mimetype="application/json")


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= 200:
        raise invalid("limit", "1 to 200")
    return int(text)


def _page(store: Store, bodyshop_id: str, after: int, limit: int) -> Page:
    """The page as it is, or with the faults that are on and can be had."""
    where = request.method, request.full_path, bodyshop_id
    fault = store.faults.find(feed_faults.PREPARATIONS, *where)
    prepared = fault if fault and feed_faults.prepare(store, fault, bodyshop_id, after) else None
    page = store.feed.page(bodyshop_id, after, limit)
    if prepared:
        store.faults.spend(prepared)
        if prepared.fault in feed_faults.DISTURBANCES:
            page = feed_faults.disturbed(prepared, page, limit, 0) or page
    return _disturbed(
        store, store.faults.find(set(feed_faults.DISTURBANCES) - {"unknown_fields"}, *where), page, limit
    )


def _disturbed(store: Store, fault: Fault | None, page: Page, limit: int) -> Page:
    if fault is None:
        return page
    found = feed_faults.disturbed(fault, page, limit, store.faults.fired().get(fault.fault, 0))
    if found:
        store.faults.spend(fault)
    return found or page


@api.get("/missions/<mission_id>")
def mission(mission_id: str) -> Response:
    bodyshop, _ = caller("planmanager")
    return as_json(mission_of(bodyshop, mission_id)["data"])


@api.get("/missions/<mission_id>/quotes")
def quotes(mission_id: str) -> Response:
    return as_json(_children(mission_id, "quote"))


@api.get("/missions/<mission_id>/photos")
def photos(mission_id: str) -> Response:
    return as_json(_children(mission_id, "photo"))


def _children(mission_id: str, entity: str) -> list[Row]:
    bodyshop, _ = caller("planmanager")
    rows = current_store().children(mission_of(bodyshop, mission_id)["id"], entity)
    return [row["data"] for row in rows if row["transmitted"] and not row["deleted"]]


# -- the content of a photo


@api.get("/photos/<photo_id>/content")
def content(photo_id: str) -> AnyResponse:
    store, (bodyshop, _) = current_store(), caller("planmanager")
    photo = store.entity("photo", photo_id)
    if photo["bodyshop_id"] != bodyshop["id"] or not photo["transmitted"] or photo["deleted"]:
        raise NotThere(photo_id)
    link = store.faults.take({"redirect", "expired_link"}, request.method, request.full_path, bodyshop["id"])
    if link:
        works_for = LINK_WORKS_FOR if link.fault == "redirect" else timedelta(seconds=-1)
        return redirect(
            f"/signed/{_links(store).dumps([photo_id, (store.clock() + works_for).timestamp()])}", 302
        )
    return _content(store, photo)


def _links(store: Store) -> URLSafeSerializer:
    return URLSafeSerializer(store.secret, salt="link")


signed = Blueprint("signed", __name__)


@signed.get("/signed/<token>")
def signed_content(token: str) -> AnyResponse:
    """The photo without a key, as an object store gives it: 400 to who sends one, 403 once it is old."""
    store = current_store()
    if "X-Api-Key" in request.headers or "Authorization" in request.headers:
        return _object_store_error(400, "InvalidRequest", "Only one way of authentication is allowed.")
    try:
        photo_id, until = _links(store).loads(token)
    except BadData:
        return _object_store_error(403, "SignatureDoesNotMatch", "The signature is not ours.")
    if store.clock() > datetime.fromtimestamp(until, tz=store.clock().tzinfo):
        return _object_store_error(403, "AccessDenied", "Request has expired.")
    return _content(store, store.entity("photo", photo_id))


def _object_store_error(status: int, code: str, message: str) -> Response:
    text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(text, status, mimetype="application/xml")


def _content(store: Store, photo: Row) -> Response:
    fault = store.faults.take(
        {"wrong_hash", "cut_content", "not_an_image"}, request.method, request.full_path, photo["bodyshop_id"]
    )
    if fault and fault.fault == "not_an_image":
        return Response(drawing.not_an_image(photo["id"]), mimetype=photo["data"]["mime"])
    body = store.content(photo["id"])
    if fault and fault.fault == "wrong_hash":
        body = body[:-1] + bytes([body[-1] ^ 0xFF])
    if fault and fault.args.get("quiet"):
        body = body[: len(body) // 2]
    answer = Response(body, mimetype=photo["data"]["mime"])
    answer.set_etag(photo["sha256"])
    answer.make_conditional(request, accept_ranges=True, complete_length=len(body))
    if fault and fault.fault == "cut_content" and not fault.args.get("quiet"):
        answer.direct_passthrough = False
        return wire_faults.cut(answer, answer.get_data())
    return answer


# -- what comes back


def _once(bodyshop: Row, said: bytes, act: Callable[[], tuple[str, str, Row, int, Row]]) -> Response:
    """Carries a request out once for its key; `act` gives kind, mission, what was said, status and answer.

    Raises Problem 422 `idempotency-mismatch` where the key came with something else within 24 hours.
    """
    store = current_store()
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 128:
        raise invalid("Idempotency-Key", "8 to 128 characters")
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + said).hexdigest()
    asked = Request(bodyshop["id"], key, fingerprint)
    with store.db.transaction():
        try:
            earlier = store.returns.earlier_answer(asked)
        except Mismatch:
            raise Problem(422, "idempotency-mismatch", "This key came with another body.") from None
        if earlier is None:
            kind, mission_id, summary, status, answer = act()
            earlier = status, json.dumps(answer, ensure_ascii=False)
            store.returns.keep(asked, kind, mission_id, summary, *earlier)
    return Response(earlier[1], earlier[0], mimetype="application/json")


def _open(mission: Row) -> None:
    if mission["data"].get("status") in FINAL_STATUSES:
        raise Problem(409, "mission-closed")


def vehicle_return() -> Row:
    """The body of a vehicle return: exactly plate and mileage (km). Raises Problem 422."""
    try:
        body = json.loads(request.get_data(), parse_constant=_no_constant)
    except ValueError:
        raise invalid("", "not JSON") from None
    if not isinstance(body, dict):
        raise invalid("", "not an object")
    found = _field_errors(body)
    if found:
        raise Problem(
            422, "validation", errors=[{"field": name, "message": text} for name, text in found.items()]
        )
    return {"plate": body["plate"], "mileage": int(body["mileage"])}


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _field_errors(body: Row) -> dict[str, str]:
    errors = {name: "unknown" for name in body if name not in ("plate", "mileage")}
    plate, mileage = body.get("plate"), body.get("mileage")
    if not isinstance(plate, str) or not 1 <= len(plate) <= 16 or not plate.isprintable():
        errors["plate"] = "1 to 16 characters"
    if mileage is None or not _whole(mileage) or not 0 <= mileage <= 9_999_999:
        errors["mileage"] = "0 to 9999999 km, whole"
    return errors


def _whole(number: Any) -> bool:
    """JSON knows one kind of number: 12.0 is whole, true is none."""
    return (isinstance(number, int) and not isinstance(number, bool)) or (
        isinstance(number, float) and number.is_integer()
    )


def _receipt(mission_id: str) -> Row:
    return {"mission_id": mission_id, "received_at": utc_now().isoformat()}


@api.put("/missions/<mission_id>/vehicle")
def return_vehicle(mission_id: str) -> Response:
    bodyshop, _ = caller("bodyshop")
    mission = mission_of(bodyshop, mission_id)
    said = vehicle_return()

    def act() -> tuple[str, str, Row, int, Row]:
        _open(mission)
        if said.items() - mission["data"].get("vehicle", {}).items():
            current_store().change_mission(mission_id, {"vehicle": said})
        return "vehicles", mission_id, said, 200, _receipt(mission_id)

    return _once(bodyshop, json.dumps(said).encode(), act)


@api.post("/missions")
def open_file() -> Response:
    bodyshop, _ = caller("bodyshop")
    said = vehicle_return()

    def act() -> tuple[str, str, Row, int, Row]:
        mission_id = current_store().open_file(bodyshop["id"], said["plate"], said["mileage"])
        return "opened", mission_id, said, 201, _receipt(mission_id)

    return _once(bodyshop, json.dumps(said).encode(), act)


@api.post("/missions/<mission_id>/photos")
def return_photo(mission_id: str) -> Response:
    bodyshop, _ = caller("bodyshop")
    mission = mission_of(bodyshop, mission_id)
    file = request.files.get("file")
    caption = request.form.get("caption", "")
    if file is None:
        raise invalid("file", "required")
    if len(caption) > 200:
        raise invalid("caption", "at most 200 characters")
    body = file.read()

    def act() -> tuple[str, str, Row, int, Row]:
        _open(mission)
        return _take_photo(mission, body, file.filename or "photo", caption)

    return _once(bodyshop, hashlib.sha256(body).digest() + caption.encode(), act)


def _take_photo(mission: Row, body: bytes, file_name: str, caption: str) -> tuple[str, str, Row, int, Row]:
    store = current_store()
    if len(body) > MAX_PHOTO_BYTES:
        raise Problem(413, "photo-too-large", "At most 10 MB.")
    if drawing.decoded(body) is None:
        raise Problem(415, "photo-type", "JPEG, PNG, HEIC or WebP.")
    there = store.photo_with_hash(mission["id"], hashlib.sha256(body).hexdigest())
    if there is None:
        if sum(not photo["deleted"] for photo in store.children(mission["id"], "photo")) >= MAX_PHOTOS:
            raise Problem(422, "photo-limit", "At most 100 photos a mission.")
        new_id = store.add_photo(
            mission["id"], source="repairer", content=body, file_name=file_name, caption=caption
        )
    photo = there or store.entity("photo", new_id)
    said = {
        "photo_id": photo["id"],
        "sha256": photo["sha256"],
        "file_name": file_name,
        "duplicate": there is not None,
    }
    return "photos", mission["id"], said, 200 if there else 201, photo["data"]
