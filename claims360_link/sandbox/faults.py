"""The faults that can be switched on, each for a number of requests or until it is switched off."""

import json
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from claims360_link.sandbox.database import Database

STATUS_FAULTS = {  # name: status, code
    "401": (401, "key-unknown"), "403": (403, "key-scope"), "404": (404, "not-found"),
    "409": (409, "mission-closed"),
    "410": (410, "cursor-expired"), "413": (413, "photo-too-large"), "415": (415, "photo-type"),
    "422": (422, "validation"), "429": (429, "rate-limited"), "429_date": (429, "rate-limited"),
    "500": (500, "internal"), "502": (502, ""), "503": (503, "maintenance"),
}  # fmt: skip
NETWORK_FAULTS = {
    "stall": "La réponse se fait attendre (args : seconds)",
    "reset": "La connexion est coupée net (args : after = la demande est exécutée, la réponse perdue)",
}
BODY_FAULTS = {
    "cut_body": "Le corps est plus court qu'annoncé",
    "empty_body": "Le corps est vide, statut 200",
    "wrong_content_type": "Statut 200 avec une page HTML ou du texte (args : type = html ou text)",
}
FEED_FAULTS = {
    "repeat": "Des éléments reviennent (args : where = page ou later)",
    "reorder": "Les éléments d'une page arrivent dans le désordre",
    "shell_first": "Une mission arrive d'abord comme coquille (id et numéro), complète plus tard",
    "quote_first": "Devis et photos arrivent avant leur mission (args : count)",
    "unknown_fields": "Des champs et des valeurs inconnus",
    "invalid_record": "Un élément illisible (args : variant, entity)",
}
PHOTO_FAULTS = {
    "wrong_hash": "Un autre contenu que celui du hash",
    "cut_content": "Contenu coupé (args : quiet = la longueur annoncée est celle de la coupe)",
    "not_an_image": "Du HTML au lieu de la photo",
    "expired_link": "Le lien signé est déjà périmé",
    "redirect": "302 vers un lien signé, valable 15 minutes",
}
CREATION_FAULTS = {
    "nul_padded": "Les photos suivantes portent des octets NUL après leur fin (le hash les couvre)"
}
DESCRIPTIONS = {
    **{name: f"Réponse {status}{' · ' + code if code else ' en HTML'}"
       for name, (status, code) in STATUS_FAULTS.items()},
    "429_date": "Réponse 429 · rate-limited, Retry-After comme date",
    **NETWORK_FAULTS, **BODY_FAULTS, **FEED_FAULTS, **PHOTO_FAULTS, **CREATION_FAULTS,
}  # fmt: skip
# Where a fault makes sense when nobody says where: method ("" is any), part of the path.
TARGETS = {
    "409": ("write", ""), "410": ("", "/changes"), "413": ("write", "/photos"), "415": ("write", "/photos"),
    "422": ("write", ""),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    n: int
    fault: str
    path: str | None
    method: str | None
    bodyshop: str | None
    times: int | None
    args: dict[str, Any]

    def fits(self, method: str, path: str, bodyshop: str | None) -> bool:
        wanted_method, wanted_path = (
            TARGETS.get(self.fault, ("", "")) if self.path is None else ("", self.path)
        )
        return (
            wanted_path in path
            and (wanted_method != "write" or method in ("POST", "PUT"))
            and self.method in (None, method)
            and self.bodyshop in (None, bodyshop)
        )


class Faults:
    def __init__(self, db: Database) -> None:
        self._db, self._lock = db, threading.RLock()
        self._active = [
            Fault(
                row["n"],
                row["fault"],
                row["path"],
                row["method"],
                row["bodyshop"],
                row["times"],
                json.loads(row["args"]),
            )
            for row in db.rows("SELECT * FROM faults ORDER BY n")
        ]

    def add(
        self,
        fault: str,
        times: int | None = 1,
        *,
        path: str | None = None,
        method: str | None = None,
        bodyshop: str | None = None,
        **args: Any,
    ) -> Fault:
        """Switches a fault on for `times` requests (None: until cleared). Raises ValueError."""
        if fault not in DESCRIPTIONS:
            raise ValueError(f"unknown fault {fault!r}; known: {', '.join(DESCRIPTIONS)}")
        if times is not None and times < 1:
            raise ValueError("times is at least 1, or null")
        with self._lock:
            n = self._db.execute(
                "INSERT INTO faults (fault, path, method, bodyshop, times, args) VALUES (?, ?, ?, ?, ?, ?)",
                fault, path, method, bodyshop, times, json.dumps(args),
            )  # fmt: skip
            added = Fault(n, fault, path, method, bodyshop, times, args)
            self._active = [*self._active, added]
            return added

    def find(
        self,
        names: Collection[str],
        method: str,
        path: str,
        bodyshop: str | None,
        *,
        after: bool | None = None,
    ) -> Fault | None:
        """The oldest that fits a request, not yet spent; `after` asks for those that say so (or don't)."""
        for fault in self._active:
            at_its_time = after in (None, bool(fault.args.get("after")))
            if at_its_time and fault.fault in names and fault.fits(method, path, bodyshop):
                return fault
        return None

    def take(
        self,
        names: Collection[str],
        method: str,
        path: str,
        bodyshop: str | None,
        *,
        after: bool | None = None,
    ) -> Fault | None:
        """Like find, and counts it as fired."""
        with self._lock:
            found = self.find(names, method, path, bodyshop, after=after)
            if found:
                self.spend(found)
            return found

    def spend(self, fault: Fault) -> None:
        """Counts one firing; the last one removes the fault."""
        left = None if fault.times is None else fault.times - 1
        with self._lock, self._db.transaction():
            self._db.execute(
                "INSERT INTO fired VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1", fault.fault
            )
            if left == 0:
                self.remove(fault.n)
            elif left:
                self._db.execute("UPDATE faults SET times = ? WHERE n = ?", left, fault.n)
                self._active = [replace(one, times=left) if one.n == fault.n else one for one in self._active]

    def remove(self, n: int) -> None:
        with self._lock:
            self._db.execute("DELETE FROM faults WHERE n = ?", n)
            self._active = [one for one in self._active if one.n != n]

    def clear(self, fault: str | None = None) -> None:
        """Switches all off, or all of one name; what has fired stays counted."""
        for one in [one for one in self._active if fault in (None, one.fault)]:
            self.remove(one.n)

    def is_active(self, n: int) -> bool:
        """Whether it has not been switched off, nor spent, meanwhile."""
        return any(one.n == n for one in self._active)

    def active(self) -> list[Fault]:
        return self._active

    def fired(self) -> dict[str, int]:
        """How often each has fired."""
        return {row["fault"]: row["count"] for row in self._db.rows("SELECT * FROM fired ORDER BY fault")}
