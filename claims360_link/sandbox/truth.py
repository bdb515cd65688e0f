"""Everything that PlanManager should hold of a body shop once the feed has gone quiet."""

from typing import Any

from claims360_link.sandbox.store import Store


def truth(store: Store, bodyshop_id: str) -> dict[str, Any]:
    """{"bodyshop_id", "missions": [...]} of all that was ever transmitted; what was deleted says so."""
    store.bodyshop(bodyshop_id)
    missions = [mission for mission in reversed(store.missions(bodyshop_id)) if mission["transmitted"]]
    return {"bodyshop_id": bodyshop_id, "missions": [_mission(store, mission) for mission in missions]}


def _mission(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    data = row["data"]
    return {
        "id": row["id"], "number": data["number"], "version": row["version"], "status": data.get("status"),
        "plate": data.get("vehicle", {}).get("plate"), "owner": data.get("owner", {}).get("name"),
        "deleted": bool(row["deleted"]), "shell": bool(row["shell"]),
        "quotes": [_quote(store, quote) for quote in _travelled(store, row, "quote")],
        "photos": [_photo(photo) for photo in _travelled(store, row, "photo")],
    }  # fmt: skip


def _travelled(store: Store, mission: dict[str, Any], entity: str) -> list[dict[str, Any]]:
    return [child for child in store.children(mission["id"], entity) if child["transmitted"]]


def _quote(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    versions = [
        {"version": data["version"], "status": data["status"], "gross": data["totals"]["gross"]}
        for data in store.feed.versions(row["id"])
    ]
    return {"id": row["id"], "deleted": bool(row["deleted"]), "versions": versions}


def _photo(row: dict[str, Any]) -> dict[str, Any]:
    data = row["data"]
    return {
        "id": row["id"], "sha256": data["sha256"], "bytes": data["bytes"], "source": data["source"],
        "deleted": bool(row["deleted"]),
    }  # fmt: skip
