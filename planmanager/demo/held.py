"""What PlanManager holds against what Claims360 has, each mission with its quotes and photos."""

import io
import json
from typing import Any

from django.core.management import call_command

from planmanager.demo.browser import WalkFailed
from planmanager.demo.sandbox import Sandbox


def compare(sandbox: Sandbox, repairer: str) -> str:
    """How much the repairer with this id holds, in words. Raises WalkFailed at the first difference."""
    document = _held(repairer)
    theirs = {id: _known(mission) for id, mission in sandbox.missions().items()}
    ours = {mission["id"]: _known(mission) for mission in document["missions"]}
    if document["set_aside"]:
        raise WalkFailed(f"expected nothing set aside, saw {document['set_aside'][0]}")
    if theirs.keys() != ours.keys():
        raise WalkFailed(f"expected the missions {sorted(theirs)}, saw {sorted(ours)}")
    for id in theirs:
        _compare_one(id, theirs[id], ours[id])
    return ", ".join(f"{_count(theirs, kind)} {kind}" for kind in ("missions", "quotes", "photos"))


def _held(repairer: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("show_claims360", repairer=int(repairer), json=True, stdout=out)
    return dict(json.loads(out.getvalue()))


def _known(mission: dict[str, Any]) -> dict[str, Any]:
    """What both sides tell of a mission, by the same names."""
    return {
        **{name: mission[name] for name in ("number", "version", "plate", "owner")},
        "quotes": {quote["id"]: quote["versions"] for quote in mission["quotes"]},
        "photos": {photo["id"]: photo["sha256"] for photo in mission["photos"]},
    }


def _compare_one(id: str, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    for name, value in theirs.items():
        if ours[name] != value:
            raise WalkFailed(f"mission {id}: expected {name} {value}, saw {ours[name]}")


def _count(missions: dict[str, dict[str, Any]], kind: str) -> int:
    return len(missions) if kind == "missions" else sum(len(mission[kind]) for mission in missions.values())
