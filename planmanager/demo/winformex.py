"""What Winformex II has sent to the demo: a mission with its quote and album that waits, and one in a dossier."""

import base64
import json
from typing import Any

from dossiers.intake import decide
from dossiers.models import Mission, Source
from dossiers.winformex.receive import take
from planmanager.demo.drawing import drawn_car
from repairers.models import Repairer, User

REPAIRER = "Karosserie Hohes Venn"
WAITING = {
    "list_code": "09",
    "task_code": "EXP",
    "number": "2026/W000362",
    "sent_at": "2026-10-12T09:30:00+02:00",
    "mission": {
        "status": "accepted",
        "plate": "2-WNF-362",
        "make": "Opel",
        "model": "Astra",
        "power_kw": 81,
        "owner_name": "Beispiel Hans",
        "owner_number": "7713",
        "insurer_name": "AXA",
        "expert_name": "Büro Ostbelgien",
        "claim_number": "AXA-2026-4410",
        "circumstances": "Wildunfall.",
    },
    "quotes": [
        {
            "number": "2026/W000362-1",
            "status": "submitted",
            "vat_rate": "21",
            "lines": [
                {"position": 1, "kind": "part", "code": "13 48 21", "description": "Stoßfänger vorn",
                 "quantity": "1", "unit_price": "410.00", "amount": "410.00"},
                {"position": 2, "kind": "labour", "description": "Ausbau und Einbau",
                 "hours": "2.5", "hourly_rate": "68.00", "amount": "170.00"},
            ],
            "totals": {"parts": "410.00", "labour": "170.00", "net": "580.00", "vat": "121.80", "gross": "701.80"},
        }
    ],
}  # fmt: skip
ALBUM = {"list_code": "04", "number": "2026/W000362", "sent_at": "2026-10-12T09:35:00+02:00"}
FILED = {
    "list_code": "09",
    "task_code": "EXP",
    "number": "2026/W000358",
    "sent_at": "2026-10-05T14:00:00+02:00",
    "mission": {
        "status": "in_progress",
        "plate": "1-WNF-358",
        "make": "Ford",
        "model": "Transit",
        "owner_name": "Muster GmbH",
        "insurer_name": "Ethias",
        "claim_number": "ETH-2026-1180",
    },
}


def receive_winformex() -> None:
    """Take both over for the repairer; a person of its site has accepted the second."""
    repairer = Repairer.objects.get(name=REPAIRER)
    photos = [{"caption": f"Ansicht {view + 1}", "content": _photo(view)} for view in range(2)]
    for document in (WAITING, {**ALBUM, "photos": photos}, FILED):
        _send(repairer, document)
    filed = Mission.objects.get(source=Source.WINFORMEX, number=FILED["number"])
    decide.accept(filed.pk, User.objects.get(username="gent"))


def _send(repairer: Repairer, document: dict[str, Any]) -> None:
    take(repairer, json.dumps(document).encode())


def _photo(view: int) -> str:
    return base64.b64encode(drawn_car("2-WNF-362", view)).decode()
