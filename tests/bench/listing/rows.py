"""Missions by the million, with their repairers, dossiers, quotes and photos."""

import datetime as dt
import json
import random
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Field, Model

from dossiers.models import Dossier, Mission, MissionState, Photo, Quote, QuoteState
from dossiers.normalise import key, words
from repairers.models import Repairer, Site, User

STATES = {  # of a thousand missions; each fills a page there, too
    MissionState.DOSSIER: 520, MissionState.ARCHIVED: 80, MissionState.WAITING: 80, MissionState.EXCLUDED: 80,
    MissionState.DENIED: 80, MissionState.WITHDRAWN: 80, MissionState.INCOMPLETE: 80,
}  # fmt: skip
STATE_OF = [state for state, many in STATES.items() for _ in range(many)]
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
NAMES = (
    *("Peeters", "Janssens", "Maes", "Jacobs", "Mertens", "Willems", "Claes", "Goossens", "Wouters"),
    *("De Smet", "Dubois", "Lambert", "Martin", "Dupont", "Simon", "Leclercq", "Laurent", "Renard"),
    *("François", "Carlier", "Noël", "Gérard", "Müller", "Şahin", "Van den Broeck", "Hermans", "El Amrani"),
)
FIRST = (
    *("Jan", "Anne", "Luc", "Marie", "Koen", "Sofie", "Émile", "Zoë"),
    *("Marc", "Lotte", "Pieter", "Nathalie", "Björn", "Amélie", "Ahmed", "Fatma"),
)
CARS = {
    "Peugeot": ("208", "308", "3008"), "Škoda": ("Octavia", "Fabia", "Superb"), "Renault": ("Clio", "Mégane"),
    "BMW": ("X1", "318d", "520i"), "Audi": ("A3", "A4 Avant"), "Volkswagen": ("Golf", "Polo", "Passat"),
    "Toyota": ("Yaris", "Corolla"), "Citroën": ("C3", "C5 Aircross"), "Dacia": ("Sandero",), "Opel": ("Corsa",),
}  # fmt: skip
INSURERS = ("Ethias", "KBC", "AG Insurance", "Baloise", "AXA", "Vivium")
NEWEST = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def fill(missions: int, repairers: int) -> User:
    """Make them, each repairer with the same number of missions; gives somebody of the staff of three of them.

    The same numbers make the same rows. The database is migrated and holds none of them yet.
    """
    chance = random.Random(missions)
    _write(Site, ({"id": n, "name": f"Site {n}"} for n in range(1, repairers + 1)))
    _write(Repairer, (_repairer(n) for n in range(1, repairers + 1)))
    _write(
        Dossier, (_dossier(n, missions, repairers) for n in range(1, missions + 1) if _state(n) == "dossier")
    )
    _write(Mission, (_mission(n, missions, repairers, chance) for n in range(1, missions + 1)))
    _write(Quote, (_quote(n, missions, repairers, chance) for n in range(1, missions + 1)))
    _write(Photo, (_photo(n, missions, repairers) for n in range(1, missions + 1)))
    _settle()
    user = User.objects.create_user("staff")
    user.sites.set([1, repairers // 2 + 1, repairers])
    return user


def _state(n: int) -> str:
    return STATE_OF[(n + n // 1000) * 387 % 1000]  # mixed within each repairer


def _of(n: int, repairers: int) -> int:
    return n * 7919 % repairers + 1


def _at(n: int, missions: int) -> dt.datetime:
    """Five years of missions, one after the other."""
    return NEWEST - dt.timedelta(minutes=2_600_000 * (missions - n) / missions)


def _plate(n: int) -> str:
    letters = "".join(LETTERS[n * prime // 1000 % len(LETTERS)] for prime in (7, 173, 4099))
    return f"{n % 10 // 7 + 1}-{letters}-{n * 617 % 1000:03d}"


def _number(n: int, missions: int) -> str:
    return f"{_at(n, missions):%Y}/{n * 7 % 10_000_000:07d}"


def _repairer(n: int) -> dict[str, Any]:
    return {"id": n, "name": f"Carrosserie {NAMES[n % len(NAMES)].replace('_', ' ')} {n}", "site_id": n}


def _dossier(n: int, missions: int, repairers: int) -> dict[str, Any]:
    at, claim = _at(n, missions), f"2026/C{n:07d}"
    own = {"id": n, "repairer_id": _of(n, repairers), "status": "closed" if n % 10 else "new"}
    seen = {"plate": _plate(n), "plate_key": key(_plate(n)), "claim_number": claim, "claim_key": key(claim)}
    return {**own, **seen, "created_at": at, "changed_at": at}


def _mission(n: int, missions: int, repairers: int, chance: random.Random) -> dict[str, Any]:
    state, at, number, claim = _state(n), _at(n, missions), _number(n, missions), f"2026/C{n:07d}"
    name = f"{chance.choice(NAMES)} {chance.choice(FIRST)}"
    make, customer = chance.choice(list(CARS)), str(chance.randrange(100_000))
    model = chance.choice(CARS[make])
    return {
        "id": n, "repairer_id": _of(n, repairers), "external_id": f"m{n}", "number": number,
        "version": 1, "status": "accepted", "state": state, "reason": "queueing",
        "dossier_id": n if state == MissionState.DOSSIER else None, "smart_expertise": n % 3 == 0,
        "facts": {"claim_number": claim, "power_kw": 92}, "plate": _plate(n), "make": make,
        "model": model, "owner_name": name, "owner_number": customer, "insurer_name": chance.choice(INSURERS),
        "owner_words": words(name, customer), "make_words": words(make), "model_words": words(model),
        "plate_key": key(_plate(n)), "number_key": key(number), "claim_key": key(claim),
        "changed_at": at, "received_at": at, "updated_at": at,
    }  # fmt: skip


def _quote(n: int, missions: int, repairers: int, chance: random.Random) -> dict[str, Any]:
    at = _at(n, missions)
    in_dossier = QuoteState.WAITING if n % 40 == 0 else QuoteState.DOSSIER
    return {
        "id": n, "repairer_id": _of(n, repairers), "mission_id": n, "external_id": f"q{n}", "number": f"{n}-1",
        "version": 1, "status": "submitted", "gross": Decimal(chance.randrange(10_000, 900_000)) / 100,
        "state": in_dossier if _state(n) == MissionState.DOSSIER else QuoteState.FOLLOWS,
        "received_at": at, "updated_at": at,
    }  # fmt: skip


def _photo(n: int, missions: int, repairers: int) -> dict[str, Any]:
    known = {"repairer_id": _of(n, repairers), "mission_id": n, "source": "claims360", "origin": "expert"}
    at = {"received_at": _at(n, missions), "updated_at": _at(n, missions)}
    return {"id": n, "external_id": f"p{n}", "sha256": f"{n:064x}", **at, **known}


def _write(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert `rows`; what a row does not name gets the default of its model."""
    fields = model._meta.concrete_fields
    defaults = {field.attname: _plain(_default(field)) for field in fields}
    values = (
        list((defaults | {name: _plain(value) for name, value in row.items()}).values()) for row in rows
    )
    table, columns = model._meta.db_table, [field.column for field in fields]
    with transaction.atomic():
        (_copy if connection.vendor == "postgresql" else _insert)(table, columns, values)


def _default(field: Field) -> Any:
    return field.get_default() if field.has_default() or not field.null else None


def _plain(value: Any) -> Any:
    """As both drivers take it."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, dt.datetime):
        return (
            value.replace(tzinfo=None).isoformat(" ", "seconds") if connection.vendor == "sqlite" else value
        )
    return value


def _insert(table: str, columns: list[str], rows: Iterator[list[Any]]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _copy(table: str, columns: list[str], rows: Iterator[list[Any]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _settle() -> None:
    """The next ids come after these; PostgreSQL knows how many rows there are, as its autovacuum would tell it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(
                no_style(), [Site, Repairer, Dossier, Mission, Quote, Photo]
            ):
                cursor.execute(statement)
            cursor.execute("VACUUM ANALYZE")
