"""A feed of missions and quotes, the same at every run, written out beforehand and served over HTTP as it lies.

`python -m tests.bench.importing.feed MISSIONS` serves it on a free port, whose number it prints, until it is ended.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

PAGE = 200  # changes
LINES = 12  # of a quote
MAKES = {"Audi": "A3", "Peugeot": "308", "Volkswagen": "Golf", "Renault": "Clio", "Škoda": "Octavia"}
INSURERS = {
    "AG": "AG Insurance",
    "AXA": "AXA Belgium",
    "ETH": "Ethias",
    "BAL": "Baloise",
    "KBC": "KBC Verzekeringen",
}
PARTS = [
    "Pare-chocs avant",
    "Optique avant droite",
    "Aile avant droite",
    "Capot",
    "Calandre",
    "Rétroviseur gauche",
]
LABOUR = [
    "Main-d'œuvre carrosserie",
    "Dépose et repose",
    "Peinture aile",
    "Préparation",
    "Redressage",
    "Contrôle",
]
COMMENT = "Merci de prendre contact avec le client."


def pages(missions: int) -> list[bytes]:
    """The bodies of GET /changes, in order: each mission is followed by its quote. The cursor is the page's number."""
    chance = random.Random(1)
    changes = [
        change for number in range(missions) for change in (_mission(number, chance), _quote(number, chance))
    ]
    chunks = [changes[at : at + PAGE] for at in range(0, len(changes), PAGE)]
    return [
        msgspec.json.encode({"items": chunk, "next_cursor": str(at), "has_more": at < len(chunks)})
        for at, chunk in enumerate(chunks, start=1)
    ]


@contextmanager
def served(missions: int) -> Iterator[str]:
    """The address of a feed of so many missions and as many quotes, served by a process of its own."""
    command = [sys.executable, "-m", "tests.bench.importing.feed", str(missions)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.terminate()


def _mission(number: int, chance: random.Random) -> dict[str, Any]:
    make, insurer = chance.choice(list(MAKES)), chance.choice(list(INSURERS))
    data = {
        "id": f"ms-{number:08}",
        "number": f"2026/{number:07}",
        "task_code": "EXP",
        "status": "accepted",
        "smart_expertise": number % 10 == 0,
        "created_at": "2026-03-01T08:12:00+01:00",
        "inspection_at": f"2026-03-{1 + number % 28:02}T10:30:00+01:00",
        "insurer": {"code": insurer, "name": INSURERS[insurer]},
        "expert": {
            "name": "Dubois Marc",
            "office": "Bureau d'expertise du Centre",
            "phone": "+32 2 555 01 02",
            "email": "marc.dubois@expertise.example",
        },
        "claim": {
            "number": f"SIN-{number:08}",
            "policy_number": f"POL-{number % 977:06}",
            "occurred_on": f"2026-02-{1 + number % 28:02}",
            "circumstances": "Collision à un carrefour, choc avant droit; le tiers a reconnu sa responsabilité. "
            * 2,
            "deductible": "250.00",
            "vat_recoverable_pct": "50.00",
        },
        "owner": {
            "customer_number": f"C{number:06}",
            "name": f"Peeters {number}",
            "phone": "+32 475 00 00 00",
            "email": f"client{number}@example.be",
            "address": f"Rue de la Loi {number % 300}, 1040 Bruxelles",
            "language": chance.choice(["fr", "nl", "de"]),
        },
        "vehicle": {
            "plate": f"{1 + number % 2}-{_letters(number // 1000)}-{number % 1000:03}",
            "vin": f"WVWZZZ1KZAW{number:06}",
            "make": make,
            "model": MAKES[make],
            "power_kw": chance.randrange(50, 200),
            "displacement_cc": 1598,
            "fuel": "diesel",
            "first_registered_on": f"20{10 + number % 15}-06-15",
            "mileage": chance.randrange(5_000, 250_000),
        },
        "damage_zones": ["front", "front-right"],
        "comments": [
            {"author": author, "at": "2026-03-01T08:12:00+01:00", "text": COMMENT} for author in INSURERS
        ],
    }
    return _change("mission", data["id"], data["id"], data)


def _quote(number: int, chance: random.Random) -> dict[str, Any]:
    mission = f"ms-{number:08}"
    data = {
        "id": f"qt-{number:08}",
        "mission_id": mission,
        "number": f"2026/{number:07}-1",
        "version": 1,
        "status": "approved" if number % 2 else "submitted",
        "supplement": 0,
        "previous_status": "draft",
        "status_label": "Approuvé" if number % 2 else "Transmis",
        "currency": "EUR",
        "vat_rate": "21.00",
        "lines": [_line(position, chance) for position in range(1, LINES + 1)],
        "totals": {
            "parts": "1210.55",
            "labour": "480.00",
            "paint": "312.40",
            "net": "2002.95",
            "gross": "2423.57",
        },
    }
    return _change("quote", data["id"], mission, data)


def _line(position: int, chance: random.Random) -> dict[str, Any]:
    amount = f"{chance.randrange(5_000, 50_000) / 100:.2f}"
    code, price = (
        f"{chance.randrange(10**9):09}",
        {"quantity": "1.00", "unit_price": amount, "discount_pct": "0.00"},
    )
    known = {"position": position, "code": code, "amount": amount, **price}
    if position <= LINES // 2:
        return {**known, "kind": "part", "description": PARTS[position % 6]}
    time = {"hours": "1.50", "hourly_rate": "62.50"}
    return {**known, **time, "kind": "labour", "description": LABOUR[position % 6]}


def _change(entity: str, key: str, mission: str, data: dict[str, Any]) -> dict[str, Any]:
    about = {"entity": entity, "op": "upsert", "id": key, "mission_id": mission, "version": 1}
    return {**about, "changed_at": "2026-03-01T08:15:30+01:00", "data": data}


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + number // 26**place % 26) for place in (2, 1, 0))


def main() -> None:
    bodies = pages(int(sys.argv[1]))

    class Feed(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            cursor = parse_qs(urlsplit(self.path).query).get("cursor", ["0"])[0]
            body = bodies[int(cursor)]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged: a line a page would be measured too."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
