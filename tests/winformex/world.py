"""What Winformex II sends in these stories: documents, and the way that they take over HTTP."""

import base64
import functools
import json
from typing import Any

import requests

from dossiers.models import Mission, Source
from dossiers.winformex.receive import Outcome, take
from repairers.models import Repairer
from tests.dossiers.pictures import saved, scene
from tests.processes import PATIENCE

NUMBER = "2026/0004711"
FACTS = {"plate": "1-ABC-234", "make": "Peugeot", "owner_name": "Carlier Anne", "claim_number": "C1"}


def mission(number: str = NUMBER, quotes: Any = (), sent_at: str = "", **facts: Any) -> dict[str, Any]:
    """A list 09; `facts` beside or instead of FACTS."""
    known = {"list_code": "09", "task_code": "EXP", "number": number, "quotes": list(quotes)}
    at = {"sent_at": sent_at} if sent_at else {}
    return {**known, **at, "mission": {"status": "accepted", **FACTS, **facts}}


def quote(gross: str = "121.00", **more: Any) -> dict[str, Any]:
    line = {"kind": "part", "code": "7P5", "description": "Pare-chocs", "amount": gross, "quantity": "1"}
    known = {"number": f"{NUMBER}-1", "status": "submitted", "lines": [line], "totals": {"gross": gross}}
    return {**known, **more}


def album(*photos: bytes | dict[str, Any], number: str = NUMBER) -> dict[str, Any]:
    """A list 04 of these photos, each as bytes or as its own record."""
    records = [photo if isinstance(photo, dict) else {"content": encoded(photo)} for photo in photos]
    return {"list_code": "04", "number": number, "photos": records}


def encoded(photo: bytes) -> str:
    return base64.b64encode(photo).decode()


@functools.cache
def picture(size: int = 64) -> bytes:
    """A photo, always the same; another one for another size (pixels of its width)."""
    return saved(scene(size=(size, 48)), "JPEG")


def send(repairer: Repairer, *documents: Any) -> Outcome:
    """Take over `documents`, in turn; what became of the last."""
    for document in documents:
        outcome = take(repairer, document if isinstance(document, bytes) else json.dumps(document).encode())
    return outcome


def post(server: str, secret: str, document: Any, **headers: str) -> requests.Response:
    """Send a document over HTTP."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    known = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}", **headers}
    return requests.post(f"{server}/winformex/v2/documents", data=body, headers=known, timeout=PATIENCE)


def held(number: str = NUMBER) -> Mission:
    """The mission of Winformex II with that number."""
    return Mission.objects.select_related("dossier").get(source=Source.WINFORMEX, number=number)
