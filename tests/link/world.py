"""What the stories of the link share: options, a sync, and what is held against what Claims360 has."""

from typing import Any

from constance import config

from claims360_link import sync
from claims360_link.documents import held_of
from claims360_link.models import SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from claims360_link.sandbox.store import DEMO
from claims360_link.sandbox.truth import truth
from dossiers.models import Mission
from repairers.models import Repairer

__all__ = ["DEMO", "due", "expected", "held", "mission_of", "pull", "set_options"]


def set_options(**options: Any) -> None:
    for name, value in options.items():
        setattr(config, name, value)


def pull(repairer: Repairer) -> SyncRun:
    """One automatic run."""
    return sync.sync(repairer.pk, SyncRun.Trigger.ROUND)


def due(repairer: Repairer) -> None:
    """Whatever was to be waited for is over."""
    SyncState.objects.filter(repairer=repairer).update(not_before=None)


def mission_of(external_id: str) -> Mission:
    return Mission.objects.select_related("dossier").get(external_id=external_id)


def held(repairer: Repairer) -> list[dict[str, Any]]:
    """What is held, in the words of the sandbox's truth."""
    return sorted((_mission(one) for one in held_of(repairer)["missions"]), key=lambda one: one["id"])


def expected(sandbox: Sandbox, bodyshop_id: str = DEMO) -> list[dict[str, Any]]:
    """What Claims360 has; the facts of what it deleted are ours to keep, so they are not compared."""
    return sorted(
        (_true(one) for one in truth(sandbox.store, bodyshop_id)["missions"]), key=lambda one: one["id"]
    )


def _mission(document: dict[str, Any]) -> dict[str, Any]:
    row = Mission.objects.get(external_id=document["id"])
    return {
        "id": document["id"],
        "number": document["number"],
        "version": document["version"],
        "deleted": document["state"] == "withdrawn",
        "quotes": sorted(
            ({"id": one["id"], "versions": one["versions"]} for one in document["quotes"]),
            key=lambda one: one["id"],
        ),
        "photos": sorted(
            (photo.external_id, photo.sha256, photo.bytes)
            for photo in row.photos.filter(withdrawn=False).exclude(external_id="")
        ),
        **(
            {}
            if document["state"] == "withdrawn"
            else {"plate": document["plate"], "owner": document["owner"]}
        ),
    }


def _true(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "number": one["number"],
        "version": one["version"],
        "deleted": one["deleted"],
        "quotes": sorted(
            ({"id": quote["id"], "versions": quote["versions"]} for quote in one["quotes"]),
            key=lambda one: one["id"],
        ),
        "photos": sorted(
            (photo["id"], photo["sha256"], photo["bytes"]) for photo in one["photos"] if not photo["deleted"]
        ),
        **({} if one["deleted"] else {"plate": one["plate"] or None, "owner": one["owner"] or None}),
    }
