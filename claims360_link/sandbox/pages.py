"""The pages of a person who uses Claims360: keys, missions, quotes, what came back, faults."""

import functools
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from claims360_link.sandbox import drawing, seeddata
from claims360_link.sandbox.faults import DESCRIPTIONS
from claims360_link.sandbox.feed_faults import VARIANTS
from claims360_link.sandbox.store import NotThere, Row, Store
from claims360_link.sandbox.wire_faults import current_store

pages = Blueprint("pages", __name__)
PER_PAGE = 50
SOURCES = {"insured": "assuré", "expert": "expert", "repairer": "réparateur"}


@pages.context_processor
def labels() -> dict[str, Any]:
    return {
        "quote_statuses": seeddata.QUOTE_STATUSES,
        "mission_statuses": seeddata.MISSION_STATUSES,
        "sources": SOURCES,
        "kinds": drawing.KINDS,
    }


@pages.errorhandler(NotThere)
def not_there(_: NotThere) -> tuple[str, int]:
    return render_template("error.html", message="Cet élément n'existe pas."), 404


def of_bodyshop(entity: str, bodyshop_id: str, entity_id: str) -> Row:
    """An entity of the body shop whose page it is. Raises NotThere."""
    found = current_store().entity(entity, entity_id)
    if found["bodyshop_id"] != bodyshop_id:
        raise NotThere(entity_id)
    return found


def page(template: str, bodyshop_id: str, **more: Any) -> str:
    return render_template(template, bodyshop=current_store().bodyshop(bodyshop_id), **more)


def to_mission(bodyshop_id: str, mission_id: str) -> AnyResponse:
    return redirect(url_for("pages.mission", bodyshop_id=bodyshop_id, mission_id=mission_id), 303)


# -- who, and the keys


@pages.get("/")
def choose() -> str:
    return render_template("choose.html", bodyshops=current_store().bodyshops())


@pages.get("/atelier/<bodyshop_id>/organisation")
def organisation(bodyshop_id: str) -> str:
    return page("organisation.html", bodyshop_id)


@pages.get("/atelier/<bodyshop_id>/cles")
def keys(bodyshop_id: str) -> str:
    return page("keys.html", bodyshop_id, keys=current_store().keys(bodyshop_id))


@pages.post("/atelier/<bodyshop_id>/cles")
def rotate_keys(bodyshop_id: str) -> AnyResponse:
    current_store().rotate_keys(bodyshop_id)
    flash("Nouvelles clés : les anciennes ne sont plus reconnues.")
    return redirect(url_for("pages.keys", bodyshop_id=bodyshop_id), 303)


# -- missions


@pages.get("/atelier/<bodyshop_id>/missions")
def missions(bodyshop_id: str) -> str:
    store = current_store()
    wanted, number = request.args.get("q", "").strip().casefold(), request.args.get("page", 1, int)
    found = [row for row in store.missions(bodyshop_id) if _matches(row, wanted)]
    start = (max(number, 1) - 1) * PER_PAGE
    shown = [{**row, "quotes": store.children(row["id"], "quote")} for row in found[start : start + PER_PAGE]]
    return page(
        "missions.html", bodyshop_id, missions=shown, q=wanted, count=len(found), number=max(number, 1),
        more=len(found) > start + PER_PAGE,
    )  # fmt: skip


def _matches(row: Row, wanted: str) -> bool:
    vehicle, owner = row["data"].get("vehicle", {}), row["data"].get("owner", {})
    texts = (
        row["data"]["number"],
        vehicle.get("plate"),
        vehicle.get("make"),
        vehicle.get("model"),
        owner.get("name"),
    )
    return wanted in " ".join(text or "" for text in texts).casefold()


@pages.post("/atelier/<bodyshop_id>/missions")
def new_mission(bodyshop_id: str) -> AnyResponse:
    made = current_store().create_mission(bodyshop_id, photos=3, transmitted=False)
    flash("Mission créée, son devis est un brouillon. Rien n'a encore été transmis.")
    return to_mission(bodyshop_id, made["id"])


@pages.get("/atelier/<bodyshop_id>/missions/<mission_id>")
def mission(bodyshop_id: str, mission_id: str) -> str:
    store, row = current_store(), of_bodyshop("mission", bodyshop_id, mission_id)
    quotes = [
        {**quote, "versions": store.feed.versions(quote["id"])}
        for quote in store.children(mission_id, "quote")
    ]
    photos = [photo for photo in store.children(mission_id, "photo") if not photo["deleted"]]
    return page("mission.html", bodyshop_id, mission=row, quotes=quotes, photos=photos)


@pages.post("/atelier/<bodyshop_id>/missions/<mission_id>/<action>")
def act(bodyshop_id: str, mission_id: str, action: str) -> AnyResponse:
    """What the buttons of a mission do. Raises NotThere for another action."""
    store, actions = current_store(), _actions(current_store(), mission_id)
    of_bodyshop("mission", bodyshop_id, mission_id)
    if action not in actions:
        raise NotThere(action)
    return _done(bodyshop_id, mission_id, actions[action][0], actions[action][1], store)


def _actions(store: Store, mission_id: str) -> dict[str, tuple[Callable[[], object], str]]:
    return {
        "annuler": (lambda: store.cancel_mission(mission_id), "Mission annulée."),
        "cloturer": (lambda: store.close_mission(mission_id), "Mission clôturée."),
        "rouvrir": (lambda: store.change_mission(mission_id, {"status": "in_progress"}), "Mission rouverte."),
        "supprimer": (lambda: store.delete_mission(mission_id), "Mission supprimée."),
        "retablir": (lambda: store.revive_mission(mission_id), "Mission rétablie."),
        "devis": (
            lambda: store.add_quote(mission_id, supplement=len(store.children(mission_id, "quote"))),
            "Nouveau devis, en brouillon : il ne voyage qu'au changement de son statut.",
        ),
        "photos": (lambda: _add_photos(store, mission_id), "Photo ajoutée."),
    }


def _done(
    bodyshop_id: str, mission_id: str, do: Callable[[], object], message: str, store: Store
) -> AnyResponse:
    """Does it and says so, or says why the store refused."""
    try:
        do()
        flash(message)
    except ValueError as error:
        flash(f"Refusé : {error}", "error")
    return to_mission(bodyshop_id, mission_id)


def _add_photos(store: Store, mission_id: str) -> None:
    """The chosen files, or a drawn photo where none was chosen."""
    source, caption = request.form.get("source", "insured"), request.form.get("caption", "")
    files = [file for file in request.files.getlist("file") if file.filename]
    for file in files:
        store.add_photo(
            mission_id, source=source, caption=caption, content=file.read(), file_name=file.filename
        )
    if not files:
        store.add_photo(
            mission_id, source=source, caption=caption, kind=request.form.get("kind", "landscape")
        )


@pages.post("/atelier/<bodyshop_id>/devis/<quote_id>/statut")
def set_status(bodyshop_id: str, quote_id: str) -> AnyResponse:
    store, quote = current_store(), of_bodyshop("quote", bodyshop_id, quote_id)
    status = request.form.get("status", "")
    lines = _one_more(quote["data"]["lines"]) if request.form.get("changed") else None
    change = functools.partial(store.set_quote_status, quote_id, status, lines=lines)
    label = seeddata.QUOTE_STATUSES.get(status, status)
    return _done(
        bodyshop_id, quote["mission_id"], change, f"Statut « {label} » : le devis est transmis.", store
    )


def _one_more(lines: list[Row]) -> list[Row]:
    """The lines with one part more, as an adapted quote has."""
    r = seeddata.chance(len(lines), lines[0]["description"])
    extra = next(line for line in seeddata.lines(r) if line["kind"] == "part")
    return [*lines, {**extra, "position": len(lines) + 1}]


# -- photos, what came back, faults


@pages.get("/atelier/<bodyshop_id>/vignette/<photo_id>")
def thumbnail(bodyshop_id: str, photo_id: str) -> Response:
    of_bodyshop("photo", bodyshop_id, photo_id)
    answer = Response(drawing.thumbnail(current_store().content(photo_id)), mimetype="image/jpeg")
    answer.cache_control.max_age = 3600
    return answer


@pages.post("/atelier/<bodyshop_id>/photos/<photo_id>/supprimer")
def delete_photo(bodyshop_id: str, photo_id: str) -> AnyResponse:
    photo = of_bodyshop("photo", bodyshop_id, photo_id)
    current_store().delete_photo(photo_id)
    flash("Photo supprimée.")
    return to_mission(bodyshop_id, photo["mission_id"])


@pages.get("/atelier/<bodyshop_id>/recu")
def received(bodyshop_id: str) -> str:
    store = current_store()
    numbers = {row["id"]: row["data"]["number"] for row in store.missions(bodyshop_id)}
    return page("received.html", bodyshop_id, received=store.returns.received(bodyshop_id), numbers=numbers)


@pages.get("/atelier/<bodyshop_id>/defauts")
def faults(bodyshop_id: str) -> str:
    held = current_store().faults
    return page(
        "faults.html",
        bodyshop_id,
        descriptions=DESCRIPTIONS,
        active=held.active(),
        fired=held.fired(),
        variants=VARIANTS,
    )


@pages.post("/atelier/<bodyshop_id>/defauts")
def switch_faults(bodyshop_id: str) -> AnyResponse:
    """Switches one on (`on`), one off (`off`) or all off (`clear`)."""
    form, held = request.form, current_store().faults
    try:
        if form.get("on"):
            args = json.loads(form.get("args") or "{}")
            held.add(
                form["on"],
                int(form["times"]) if form.get("times") else None,
                path=form.get("path") or None,
                **args,
            )
        elif form.get("off"):
            held.remove(int(form["off"]))
        elif form.get("clear"):
            held.clear()
    except (TypeError, ValueError) as error:
        flash(f"Refusé : {error}", "error")
    return redirect(url_for("pages.faults", bodyshop_id=bodyshop_id), 303)
