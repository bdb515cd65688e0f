"""What must hold of all that left: only plate, mileage and chosen photos; one file a dossier; no photo twice."""

import hashlib
import json
from collections import Counter
from typing import Any

from dossiers.models import Opening, Transmission, TransmissionPhoto
from dossiers.models.transmission import SendState
from dossiers.sentences import ERRORS
from tests.dossiers import pictures
from tests.soak.world import World

# What may need a person even where nothing goes wrong any more.
FOR_A_PERSON = {
    "choose-mission",
    "delivered-in-part",
    "mailbox-changed",
    "mission-closed",
    "mission-withdrawn",
    "not-found",
    "opening-unsure",
}


def only_what_was_chosen(world: World) -> None:
    """What came to Claims360 was clicked, and nothing else left on the way."""
    came = world.store.returns.received()
    for request in world.line.sent:
        _bare(request.method or "", request.headers.get("Content-Type", ""), request.body)
    for said in [*came["vehicles"], *came["opened"]]:
        assert world.memory.clicks[said["mileage"]].plate == said["plate"]
    _one_file_a_dossier(world, came["opened"])
    for vehicle in came["vehicles"]:
        assert (vehicle["mission_id"], _dossier_of(world, vehicle)) in _together(world)
    for photo in came["photos"]:
        _chosen_photo(world, photo)
    _no_photo_twice(world, came["photos"])


def all_that_can_be(world: World) -> None:
    """Every transmission has arrived whole, was cancelled, or says what a person has to do."""
    came = world.store.returns.received()
    told = {(said["mission_id"], said["mileage"]) for said in [*came["vehicles"], *came["opened"]]}
    for row in Transmission.objects.select_related("mission", "dossier__opening"):
        assert row.error in ("", *ERRORS)
        if row.state == SendState.NEEDS_PERSON:
            assert world.memory.not_again.get(row.pk, row.error) in FOR_A_PERSON, row.error
        elif row.state == SendState.DELIVERED:
            target = row.mission.external_id if row.mission else row.dossier.opening.mission_external_id
            assert (target, row.body["mileage"]) in told
            _photos_arrived(world, row, target)


def _bare(method: str, kind: str, body: Any) -> None:
    if method == "GET":
        assert not body
    elif kind == "application/json":
        assert json.loads(body).keys() == {"plate", "mileage"}
    else:
        assert kind.startswith("multipart/form-data")


def _one_file_a_dossier(world: World, opened: list[dict[str, Any]]) -> None:
    files = Counter(_dossier_of(world, said) for said in opened)
    assert not files or max(files.values()) == 1, f"files by dossier: {files}"


def _dossier_of(world: World, said: dict[str, Any]) -> int:
    return world.memory.clicks[said["mileage"]].dossier_id


def _together(world: World) -> set[tuple[str, int]]:
    openings = Opening.objects.values_list("mission_external_id", "dossier")
    return world.memory.pairs | set(openings)


def _chosen_photo(world: World, photo: dict[str, Any]) -> None:
    clicks = world.memory.clicks.values()
    dossiers = {click.dossier_id for click in clicks if photo["sha256"] in click.hashes}
    assert any((photo["mission_id"], dossier) in _together(world) for dossier in dossiers)
    content = world.store.content(photo["photo_id"])
    assert hashlib.sha256(content).hexdigest() == photo["sha256"]
    assert not [place for place in pictures.LOCATIONS if place in content]


def _no_photo_twice(world: World, came: list[dict[str, Any]]) -> None:
    new = Counter((one["mission_id"], one["sha256"]) for one in came if not one["duplicate"])
    for (mission_id, sha256), number in new.items():
        same = [row for row in world.store.children(mission_id, "photo") if row["sha256"] == sha256]
        deleted = sum(bool(row["deleted"]) for row in same)
        assert number <= 1 + deleted, f"photo {sha256} was stored {number} times"


def _photos_arrived(world: World, row: Transmission, mission_id: str) -> None:
    there = {one["sha256"] for one in world.store.children(mission_id, "photo")}
    for photo in TransmissionPhoto.objects.filter(transmission=row).select_related("photo"):
        assert photo.state == SendState.DELIVERED, photo.state
        assert photo.photo.prepared_id in there
