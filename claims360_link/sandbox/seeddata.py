"""Belgian data that looks real and is not: every person is made up of parts, every domain is an example."""

import hashlib
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

BODYSHOPS = [
    ("475869429", "Carrosserie Demo", "jean-marie"),
    ("475869430", "Insypro", "sofie"),
    ("475869431", "Carrosserie de la Meuse", "pascal"),
    ("475869432", "Schadeherstel Leie", "wim"),
    ("475869433", "Karosserie Hohes Venn", "heike"),
]
SHARES = [10, 5, 3, 2, 1]  # how the missions are spread over them

INSURERS = [
    ("00039", "AXA Belgium"),
    ("00014", "KBC Assurances"),
    ("00165", "Ethias"),
    ("00033", "Baloise"),
    ("00079", "AG Insurance"),
    ("00196", "P&V"),
    ("00097", "Allianz Benelux"),
    ("00110", "DVV Verzekeringen"),
]
OFFICES = [
    "Expertise Brabant",
    "Bureau Ardenne Expertises",
    "Schelde Experten",
    "Expertisebüro Eupen",
    "Carexpert Gent",
]
FIRST_NAMES = {
    "fr": ["Amélie", "Benoît", "Chloé", "Didier", "Élise", "Fabrice", "Noémie", "Thibault"],
    "nl": ["Annelies", "Bram", "Griet", "Joris", "Liesbeth", "Maarten", "Pieter", "Tine"],
    "de": ["Anke", "Bernd", "Heike", "Jürgen", "Sabine", "Uwe"],
}
LAST_NAMES = {
    "fr": ["Delvaux", "Lambermont", "Noirhomme", "Rasquin", "Wauthelet", "Fontenelle"],
    "nl": ["Van den Eynde", "De Bleecker", "Verstappen", "Ooghe", "D'Hulst", "Claerhout"],
    "de": ["Schröder", "Müllender", "Höfken", "Brüls", "Königs"],
}
ADDRESSES = {
    "fr": [
        "Rue de l'Église {n}, 5100 Jambes",
        "Chaussée de Liège {n}, 6900 Marche-en-Famenne",
        "Avenue Reine Astrid {n}, 4900 Spa",
        "Boulevard Tirou {n}, 6000 Charleroi",
        "Rue du Bailli {n} bte 4, 1050 Ixelles",
    ],
    "nl": [
        "Kortrijksesteenweg {n}, 9830 Sint-Martens-Latem",
        "Grote Markt {n}, 2800 Mechelen",
        "Tiensestraat {n} bus 3, 3000 Leuven",
        "Noorderlaan {n}, 2030 Antwerpen",
        "Stationsstraat {n}, 8400 Oostende",
    ],
    "de": [
        "Aachener Straße {n}, 4700 Eupen",
        "Malmedyer Straße {n}, 4780 Sankt Vith",
        "Kirchplatz {n}, 4730 Raeren",
    ],
}
VEHICLES = [  # make, model, kW, cc, fuel, start of the VIN
    ("Volkswagen", "Golf VIII 1.5 TSI", 96, 1498, "petrol", "WVWZZZCD"),
    ("Renault", "Clio V E-Tech", 105, 1598, "hybrid", "VF1RJA00"),
    ("Peugeot", "3008 BlueHDi", 96, 1499, "diesel", "VF3MCYHZ"),
    ("BMW", "320d Touring", 140, 1995, "diesel", "WBA6L310"),
    ("Tesla", "Model 3", 239, None, "electric", "LRW3E7EK"),
    ("Dacia", "Duster TCe 100", 74, 999, "lpg", "UU1HJDCG"),
    ("Škoda", "Octavia Combi 2.0 TDI", 110, 1968, "diesel", "TMBJJ7NX"),
    ("Citroën", "ë-C4", 100, None, "electric", "VR7BCZKX"),
    ("Mercedes-Benz", "Vito 114 CDI", 100, 2143, "diesel", "WDF44770"),
    ("Toyota", "Yaris 1.5 Hybrid", 85, 1490, "hybrid", "VNKKBAC3"),
    ("Ford", "Transit Custom", 92, 2198, "diesel", "WF0YXXTT"),
]
ZONES = [
    "front_left",
    "front_right",
    "bonnet",
    "windscreen",
    "door_front_left",
    "door_rear_right",
    "rear_left",
    "rear_right",
    "tailgate",
    "roof",
    "sill_left",
    "mirror_right",
]
CIRCUMSTANCES = [
    "Heurté à l'arrière à l'arrêt au feu rouge.",
    "Accrochage sur un parking, tiers identifié.",
    "Aangereden op een rotonde, voorrang niet verleend.",
    "Hagelschade op oprit.",
    "Wildunfall auf der Landstraße, Reh.",
    "Bris de vitre sur autoroute, projection de gravier.",
]
COMMENTS = [
    "Véhicule roulant, phare avant gauche inopérant.",
    "Client souhaite un véhicule de remplacement.",
    "Graag foto's van de onderkant na demontage.",
    "Attention : capteur de parking à calibrer.",
    "Bitte Rückruf des Kunden wegen Termin.",
]
TASK_CODES = ["110", "120", "130", "130", "140", "210"]  # 130: Virtual Drive-in
PARTS = [  # code, description, price
    ("5H0807221", "Pare-chocs avant", "412.35"),
    ("5H0941005", "Phare avant gauche LED", "689.90"),
    ("5H0821105", "Aile avant gauche", "238.47"),
    ("39835-7", "Bouclier arrière", "367.15"),
    ("8201A7", "Feu arrière droit", "154.62"),
    ("51137", "Calandre", "129.99"),
    ("6EA845099", "Pare-brise acoustique", "548.73"),
    ("9807B2", "Rétroviseur droit complet", "311.08"),
    ("N908", "Agrafes (jeu)", "12.34"),
]
LABOUR = [
    "Dépose/repose pare-chocs",
    "Redressage aile",
    "Calibration caméra ADAS",
    "Démontage garniture de porte",
]
PAINT = ["Peinture aile avant, base + vernis", "Peinture pare-chocs", "Raccord porte avant"]
MISC = [
    ("Forfait petites fournitures", "24.79"),
    ("Frais de déchets", "8.50"),
    ("Géométrie des trains", "95.00"),
]
QUOTE_STATUSES = {
    "draft": "Brouillon",
    "submitted": "Soumis",
    "in_review": "En révision",
    "correction_requested": "Correction demandée",
    "approved": "Approuvé",
    "rejected": "Refusé",
    "total_loss": "Perte totale",
    "closed": "Clôturé",
}
MISSION_STATUSES = {
    "new": "Nouvelle",
    "accepted": "Acceptée",
    "in_progress": "En cours",
    "closed": "Clôturée",
    "cancelled": "Annulée",
}
KEY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
CENT = Decimal("0.01")


def chance(*parts: object) -> random.Random:
    """The same parts give the same sequence, on every machine."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - repeatable data, no secret of anyone


def key_for(seed: int, bodyshop_id: str, scope: str, rotation: int) -> str:
    """An API key of 53 characters."""
    return "".join(chance(seed, bodyshop_id, scope, rotation).choices(KEY_ALPHABET, k=53))


def id_for(seed: int, entity: str, n: int) -> str:
    return entity[0] + hashlib.sha256(f"{seed}:{entity}:{n}".encode()).hexdigest()[:15]


def mission(r: random.Random, number: int, now: datetime) -> dict[str, Any]:
    """A mission without its id, as of `now`; about a third is handled on photos (task code 130)."""
    task_code = r.choice(TASK_CODES)
    created = (now - timedelta(minutes=r.randint(60, 40_000))).replace(microsecond=0)
    insurer = r.choice(INSURERS)
    return {
        "number": f"{now.year}/{number:07d}",
        "task_code": task_code,
        "status": r.choice(["new", "accepted", "in_progress", "in_progress"]),
        "smart_expertise": task_code == "130",
        "created_at": created.isoformat(),
        "inspection_at": None if r.random() < 0.3 else (created + timedelta(days=3)).isoformat(),
        "insurer": {"code": insurer[0], "name": insurer[1]},
        "expert": None if r.random() < 0.1 else _expert(r),
        "claim": _claim(r, created),
        "owner": _owner(r),
        "vehicle": _vehicle(r, now),
        "damage_zones": r.sample(ZONES, r.randint(1, 4)),
        "comments": [_comment(r, created) for _ in range(r.randint(0, 2))],
    }


def quote(r: random.Random, number: str, supplement: int = 0) -> dict[str, Any]:
    """A quote without ids and version, as a draft, with lines of every kind."""
    return {
        "number": number,
        "supplement": supplement,
        "status": "draft",
        "previous_status": None,
        "status_label": QUOTE_STATUSES["draft"],
        "currency": "EUR",
        "vat_rate": "21.00",
        **priced(lines(r), skew=r.choice([0, 0, 1, -1])),
    }


def lines(r: random.Random) -> list[dict[str, Any]]:
    found = [_part(r, *part) for part in r.sample(PARTS, r.randint(2, 4))]
    found += [_work(r, "labour", text, "68.50") for text in r.sample(LABOUR, r.randint(1, 2))]
    found += [_work(r, "paint", text, "74.25") for text in r.sample(PAINT, r.randint(1, 2))]
    found.append(_line("misc", *r.choice(MISC)))
    return [{"position": position, **line} for position, line in enumerate(found, 1)]


def priced(rows: Sequence[dict[str, Any]], skew: int = 0) -> dict[str, Any]:
    """The lines and their totals (EUR, VAT 21 %); `skew` cents set the net beside the sum, as happens."""
    sums = {kind: _sum(rows, kind) for kind in ("part", "labour", "paint", "misc")}
    net = sum((Decimal(row["amount"]) for row in rows), Decimal(0)) + skew * CENT
    vat = _cents(net * Decimal("0.21"))
    totals = {"parts": sums["part"], "labour": sums["labour"], "paint": sums["paint"], "misc": sums["misc"]}
    return {"lines": list(rows), "totals": _texts({**totals, "net": net, "vat": vat, "gross": net + vat})}


def _sum(rows: Sequence[dict[str, Any]], kind: str) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows if row["kind"] == kind), Decimal(0))


def _texts(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {name: f"{amount:.2f}" for name, amount in amounts.items()}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _line(kind: str, description: str, amount: str | Decimal, **more: Any) -> dict[str, Any]:
    empty = {"quantity": "1", "unit_price": None, "hours": None, "hourly_rate": None, "discount_pct": None}
    return {"kind": kind, "description": description, **empty, **more, "amount": str(amount)}


def _part(r: random.Random, code: str, description: str, price: str) -> dict[str, Any]:
    quantity, discount = r.choice([1, 1, 1, 2]), r.choice([None, None, "5.00", "12.50"])
    amount = _cents(Decimal(price) * quantity * (100 - Decimal(discount or 0)) / 100)
    return _line(
        "part",
        description,
        amount,
        code=code,
        quantity=str(quantity),
        unit_price=price,
        discount_pct=discount,
    )


def _work(r: random.Random, kind: str, description: str, rate: str) -> dict[str, Any]:
    hours = Decimal(r.randint(4, 65)) / 10
    return _line(kind, description, _cents(hours * Decimal(rate)), hours=f"{hours:.2f}", hourly_rate=rate)


def _person(r: random.Random, language: str) -> str:
    return f"{r.choice(FIRST_NAMES[language])} {r.choice(LAST_NAMES[language])}"


def _phone(r: random.Random) -> str:
    return f"+32 470 {r.randint(0, 99):02d} {r.randint(0, 99):02d} {r.randint(0, 99):02d}"


def _expert(r: random.Random) -> dict[str, str]:
    language = r.choice(["fr", "nl"])
    return {
        "name": _person(r, language), "office": r.choice(OFFICES), "phone": _phone(r),
        "email": f"expert{r.randint(1, 40)}@expertise.example",
    }  # fmt: skip


def _claim(r: random.Random, created: datetime) -> dict[str, Any]:
    return {
        "number": f"{r.choice('ABSV')}{r.randint(10**7, 10**8 - 1)}",
        "policy_number": f"{r.randint(10**8, 10**9 - 1)}",
        "occurred_on": (created.date() - timedelta(days=r.randint(0, 20))).isoformat(),
        "circumstances": r.choice(CIRCUMSTANCES),
        "deductible": r.choice([None, "0.00", "250.00", "495.79"]),
        "vat_recoverable_pct": r.choice([None, "0.00", "50.00", "100.00"]),
    }


def _owner(r: random.Random) -> dict[str, str]:
    language = r.choices(["fr", "nl", "de"], [5, 5, 2])[0]
    return {
        "customer_number": f"K{r.randint(10_000, 99_999)}",
        "name": _person(r, language),
        "phone": _phone(r),
        "email": f"client{r.randint(1, 9999)}@example.com",
        "address": r.choice(ADDRESSES[language]).format(n=r.randint(1, 240)),
        "language": language,
    }


def plate(r: random.Random) -> str:
    """A Belgian plate; one in twelve is a taxi's."""
    letters, digits = "".join(r.choices("ABCDEFGHJKLNPRSTUVWXYZ", k=3)), f"{r.randint(1, 999):03d}"
    first = "T" if r.random() < 0.08 else r.choice("12")
    return f"{first}-{'L' + letters[:2] if first == 'T' else letters}-{digits}"


def _vehicle(r: random.Random, now: datetime) -> dict[str, Any]:
    make, model, kw, cc, fuel, vin = r.choice(VEHICLES)
    registered = date(now.year - r.randint(1, 9), r.randint(1, 12), r.randint(1, 28))
    return {
        "plate": plate(r),
        "vin": vin + "".join(r.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=17 - len(vin))),
        "make": make, "model": model, "power_kw": kw, "displacement_cc": cc, "fuel": fuel,
        "first_registered_on": registered.isoformat(),
        "mileage": None if r.random() < 0.2 else r.randint(900, 240_000),
    }  # fmt: skip


def _comment(r: random.Random, created: datetime) -> dict[str, str]:
    at = created + timedelta(minutes=r.randint(5, 600))
    return {
        "author": _person(r, r.choice(["fr", "nl", "de"])),
        "at": at.isoformat(),
        "text": r.choice(COMMENTS),
    }
