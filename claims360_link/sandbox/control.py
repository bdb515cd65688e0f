"""For tests and demonstrations: what happens in Claims360, by request. No key is wanted, it is a sandbox."""

import base64
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from claims360_link.sandbox.api import as_json
from claims360_link.sandbox.problems import Problem, invalid
from claims360_link.sandbox.store import DEMO, NotThere, Store
from claims360_link.sandbox.truth import truth
from claims360_link.sandbox.wire_faults import current_store

control = Blueprint("control", __name__)
FAULT_FIELDS = {"fault", "times", "path", "method", "bodyshop", "args"}


@control.errorhandler(NotThere)
def not_there(error: NotThere) -> Response:
    return Problem(404, "not-found", str(error)).response()


@control.errorhandler(TypeError)
@control.errorhandler(ValueError)
def refused(error: Exception) -> Response:
    """What the store refuses, or an argument that it does not have."""
    return invalid("", str(error)).response()


@control.errorhandler(Problem)
def problem(error: Problem) -> Response:
    return error.response()


def arguments() -> dict[str, Any]:
    found = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(found, dict):
        raise invalid("", "a JSON object")
    return found


# -- faults


def fault_list(store: Store) -> dict[str, Any]:
    return {"active": [asdict(fault) for fault in store.faults.active()], "fired": store.faults.fired()}


@control.get("/_faults")
def faults() -> Response:
    return as_json(fault_list(current_store()))


@control.post("/_faults")
def add_fault() -> Response:
    asked = arguments()
    unknown = asked.keys() - FAULT_FIELDS
    if unknown:
        raise invalid(min(unknown), f"one of {', '.join(sorted(FAULT_FIELDS))}")
    args = asked.pop("args", None) or {}
    added = current_store().faults.add(asked.pop("fault", ""), **asked, **args)
    return as_json(asdict(added), 201)


@control.delete("/_faults")
def clear_faults() -> Response:
    current_store().faults.clear(request.args.get("fault") or arguments().get("fault"))
    return as_json(fault_list(current_store()))


@control.delete("/_faults/<int:n>")
def remove_fault(n: int) -> Response:
    current_store().faults.remove(n)
    return as_json(fault_list(current_store()))


# -- missions, quotes, photos


@control.post("/_control/missions")
def create_mission() -> Response:
    asked = arguments()
    return as_json(current_store().create_mission(asked.pop("bodyshop", DEMO), **asked), 201)


@control.post("/_control/missions/<mission_id>/<action>")
def mission_action(mission_id: str, action: str) -> Response:
    store = current_store()
    actions = {
        "change": lambda: store.change_mission(mission_id, arguments()),
        "cancel": lambda: store.cancel_mission(mission_id),
        "close": lambda: store.close_mission(mission_id),
        "delete": lambda: store.delete_mission(mission_id),
        "revive": lambda: store.revive_mission(mission_id),
        "transmit": lambda: store.transmit_mission(mission_id),
        "shell": lambda: store.transmit_mission(mission_id, as_shell=True),
    }
    if action not in actions:
        raise NotThere(action)
    actions[action]()
    mission = store.entity("mission", mission_id)
    return as_json({"id": mission_id, "version": mission["version"], "deleted": bool(mission["deleted"])})


@control.post("/_control/missions/<mission_id>/quotes")
def add_quote(mission_id: str) -> Response:
    """A quote, as a draft unless a status is asked for."""
    asked, store = arguments(), current_store()
    quote_id = store.add_quote(mission_id, supplement=asked.get("supplement", 0))
    if asked.get("status", "draft") != "draft":
        store.set_quote_status(quote_id, asked["status"], lines=asked.get("lines"))
    return as_json({"id": quote_id, "version": store.entity("quote", quote_id)["version"]}, 201)


@control.post("/_control/quotes/<quote_id>/status")
def set_quote_status(quote_id: str) -> Response:
    asked = arguments()
    version = current_store().set_quote_status(quote_id, asked.get("status", ""), lines=asked.get("lines"))
    return as_json({"id": quote_id, "version": version})


@control.post("/_control/quotes/<quote_id>/delete")
def delete_quote(quote_id: str) -> Response:
    current_store().delete_quote(quote_id)
    return as_json({"id": quote_id, "deleted": True})


@control.post("/_control/missions/<mission_id>/photos")
def add_photo(mission_id: str) -> Response:
    """A drawn photo (`kind`), or one with `content` in base64."""
    asked, store = arguments(), current_store()
    if "content" in asked:
        asked["content"] = base64.b64decode(asked["content"], validate=True)
    photo_id = store.add_photo(mission_id, **asked)
    return as_json({"id": photo_id, "sha256": store.entity("photo", photo_id)["sha256"]}, 201)


@control.delete("/_control/photos/<photo_id>")
def delete_photo(photo_id: str) -> Response:
    current_store().delete_photo(photo_id)
    return as_json({"id": photo_id, "deleted": True})


# -- keys, and what can be asked


@control.post("/_control/rotate_keys")
def rotate_keys() -> Response:
    return as_json(current_store().rotate_keys(arguments().get("bodyshop", DEMO)))


@control.get("/_control/keys")
def keys() -> Response:
    return as_json(current_store().keys(request.args.get("bodyshop", DEMO)))


@control.get("/_control/truth")
def the_truth() -> Response:
    return as_json(truth(current_store(), request.args.get("bodyshop", DEMO)))


@control.get("/_control/received")
def received() -> Response:
    return as_json(current_store().returns.received(request.args.get("bodyshop")))


@control.get("/_control/requests")
def requests() -> Response:
    log = current_store().requests
    return as_json({"counts": log.as_list(), "last": list(log.last)})


@control.delete("/_control/requests")
def clear_requests() -> Response:
    current_store().requests.clear()
    return as_json({"counts": [], "last": []})
