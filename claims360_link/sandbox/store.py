"""What Claims360 holds, and what happens to it: missions, quotes, photos, and what of them is transmitted."""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from claims360_link.sandbox import drawing, seeddata
from claims360_link.sandbox.database import Database
from claims360_link.sandbox.faults import CREATION_FAULTS, Faults
from claims360_link.sandbox.feed import Feed
from claims360_link.sandbox.returns import RequestLog, Returns

Row = dict[str, Any]
DEMO = seeddata.BODYSHOPS[0][0]


class NotThere(LookupError):
    """There is no such body shop, mission, quote or photo."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The state of one sandbox. Every method is one transaction; ids and amounts (EUR) are texts."""

    def __init__(
        self, path: str = ":memory:", *, seed: int = 1, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.db = Database(path)
        self.clock = clock
        self.seed = int(self.db.setting("seed", str(seed)))
        self.secret = self.db.setting("secret", secrets.token_hex(32))
        self.feed = Feed(self.db, self.secret, clock)
        self.faults = Faults(self.db)
        self.returns = Returns(self.db, clock)
        self.requests = RequestLog()
        self._open_bodyshops()

    # -- body shops and their keys

    def _open_bodyshops(self) -> None:
        for bodyshop_id, name, user_name in seeddata.BODYSHOPS:
            self.open_bodyshop(bodyshop_id, name, user_name)

    def open_bodyshop(self, bodyshop_id: str, name: str, user_name: str) -> None:
        """A body shop with keys of its own; one that is there stays as it is."""
        self.db.execute(
            "INSERT OR IGNORE INTO bodyshops VALUES (?, ?, ?, 0, ?, ?)",
            bodyshop_id,
            name,
            user_name,
            *self._fresh_keys(bodyshop_id, 0),
        )

    def _fresh_keys(self, bodyshop_id: str, rotation: int) -> tuple[str, str]:
        return (
            seeddata.key_for(self.seed, bodyshop_id, "bodyshop", rotation),
            seeddata.key_for(self.seed, bodyshop_id, "planmanager", rotation),
        )

    def bodyshops(self) -> list[Row]:
        return [dict(row) for row in self.db.rows("SELECT * FROM bodyshops ORDER BY id")]

    def bodyshop(self, bodyshop_id: str) -> Row:
        found = self.db.row("SELECT * FROM bodyshops WHERE id = ?", bodyshop_id)
        if found is None:
            raise NotThere(bodyshop_id)
        return dict(found)

    def keys(self, bodyshop_id: str = DEMO) -> dict[str, str]:
        """{"bodyshop": key, "planmanager": key}, of 53 characters each."""
        found = self.bodyshop(bodyshop_id)
        return {"bodyshop": found["bodyshop_key"], "planmanager": found["planmanager_key"]}

    def rotate_keys(self, bodyshop_id: str = DEMO) -> dict[str, str]:
        """Makes both keys anew; the old ones are unknown from now on."""
        with self.db.transaction():
            rotation = self.bodyshop(bodyshop_id)["rotation"] + 1
            self.db.execute(
                "UPDATE bodyshops SET rotation = ?, bodyshop_key = ?, planmanager_key = ? WHERE id = ?",
                rotation, *self._fresh_keys(bodyshop_id, rotation), bodyshop_id,
            )  # fmt: skip
            return self.keys(bodyshop_id)

    # -- reading

    def entity(self, entity: str, entity_id: str) -> Row:
        """The row of a mission, quote or photo, its `data` as a dict. Raises NotThere."""
        found = self.db.row("SELECT * FROM entities WHERE id = ? AND entity = ?", entity_id, entity)
        if found is None:
            raise NotThere(entity_id)
        return _row(found)

    def _living(self, entity: str, entity_id: str) -> Row:
        """Like `entity`. Raises ValueError for what was deleted: it has to be revived first."""
        found = self.entity(entity, entity_id)
        if found["deleted"]:
            raise ValueError(f"{entity} {entity_id} is deleted")
        return found

    def children(self, mission_id: str, entity: str) -> list[Row]:
        rows = self.db.rows(
            "SELECT * FROM entities WHERE mission_id = ? AND entity = ? ORDER BY n", mission_id, entity
        )
        return [_row(row) for row in rows]

    def missions(self, bodyshop_id: str) -> list[Row]:
        rows = self.db.rows(
            "SELECT * FROM entities WHERE bodyshop_id = ? AND entity = 'mission' ORDER BY n DESC", bodyshop_id
        )
        return [_row(row) for row in rows]

    def content(self, photo_id: str) -> bytes:
        """The bytes of a photo, as its hash covers them."""
        found = self.db.row("SELECT * FROM contents WHERE photo_id = ?", photo_id)
        if found is None:
            raise NotThere(photo_id)
        return found["content"] if found["recipe"] is None else drawing.cooked(found["recipe"], self._drawing)

    def _drawing(self, scene: str, colour: str, kind: str) -> bytes:
        """Drawn once and then kept: another version of a codec must not change the bytes under a hash."""
        name = f"{scene}-{colour}-{kind}"
        found = self.db.row("SELECT content FROM drawings WHERE name = ?", name)
        if found:
            return bytes(found["content"])
        content = drawing.draw(scene, colour, kind)
        self.db.execute("INSERT OR IGNORE INTO drawings VALUES (?, ?)", name, content)
        return content

    # -- missions

    def create_mission(
        self,
        bodyshop_id: str = DEMO,
        *,
        quotes: int = 1,
        photos: int = 0,
        transmitted: bool = True,
        shell: bool = False,
        quote_first: bool = False,
        data: Row | None = None,
    ) -> Row:
        """A new mission with drafts and photos; transmitted: its first quote is submitted at once.

        `data` is laid over the made-up fields. `shell` sends id and number; the next change, all.
        Gives {"id", "number", "quotes": [ids], "photos": [ids]}.
        """
        with self.db.transaction():
            self.bodyshop(bodyshop_id)
            mission_id = self._insert_mission(bodyshop_id, data or {})
            quote_ids = [self.add_quote(mission_id, supplement=n) for n in range(quotes)]
            photo_ids = [self.add_photo(mission_id) for _ in range(photos)]
            if transmitted and not quote_first:
                self.transmit_mission(mission_id, as_shell=shell)
            if transmitted and quote_ids:
                self.set_quote_status(quote_ids[0], "submitted", mission_too=not quote_first)
            if transmitted and quote_first:
                self.transmit_mission(mission_id, as_shell=shell)
            number = self.entity("mission", mission_id)["data"]["number"]
            return {"id": mission_id, "number": number, "quotes": quote_ids, "photos": photo_ids}

    def _insert_mission(self, bodyshop_id: str, data: Row) -> str:
        n = self._next_n()
        made_up = seeddata.mission(seeddata.chance(self.seed, "mission", n), 12_000 + n, self.clock())
        return self._insert("mission", bodyshop_id, None, merged(made_up, data))

    def open_file(self, bodyshop_id: str, plate: str, mileage: int) -> str:
        """A file opened by the body shop: enters the feed as a mission with that plate (km). Gives its id."""
        with self.db.transaction():
            now = self.clock()
            data: Row = {
                "number": f"{now.year}/{12_000 + self._next_n():07d}", "task_code": None, "status": "new",
                "smart_expertise": False, "created_at": now.isoformat(), "expert": None,
                "vehicle": {"plate": plate, "mileage": mileage}, "damage_zones": [], "comments": [],
            }  # fmt: skip
            mission_id = self._insert("mission", bodyshop_id, None, data)
            self.transmit_mission(mission_id)
            return mission_id

    def change_mission(self, mission_id: str, patch: Row) -> None:
        """Lays `patch` over the mission; it travels as a new version if it is in the feed."""
        with self.db.transaction():
            mission = self._living("mission", mission_id)
            self._write(mission, merged(mission["data"], patch))
            if mission["transmitted"]:
                self._transmit(self.entity("mission", mission_id))

    def cancel_mission(self, mission_id: str) -> None:
        self.change_mission(mission_id, {"status": "cancelled"})

    def close_mission(self, mission_id: str) -> None:
        self.change_mission(mission_id, {"status": "closed"})

    def delete_mission(self, mission_id: str) -> None:
        """A delete with the next version; quotes and photos are not deleted one by one."""
        self._delete("mission", mission_id)

    def revive_mission(self, mission_id: str) -> None:
        """Back after a delete, with a higher version."""
        with self.db.transaction():
            self._transmit(self.entity("mission", mission_id))

    def transmit_mission(self, mission_id: str, *, as_shell: bool = False) -> None:
        """The mission (or its shell) enters the feed, and those of its photos that have not yet."""
        with self.db.transaction():
            self._transmit(self.entity("mission", mission_id), shell=as_shell)
            self._transmit_photos(mission_id)

    # -- quotes

    def add_quote(self, mission_id: str, *, supplement: int = 0) -> str:
        """A draft; it travels when its status changes. Gives its id."""
        with self.db.transaction():
            mission = self.entity("mission", mission_id)
            count = len(self.children(mission_id, "quote")) + 1
            r = seeddata.chance(self.seed, "quote", self._next_n())
            data = seeddata.quote(r, f"{mission['data']['number']}-{count}", supplement)
            return self._insert("quote", mission["bodyshop_id"], mission_id, data)

    def set_quote_status(
        self, quote_id: str, status: str, *, lines: list[Row] | None = None, mission_too: bool = True
    ) -> int:
        """The quote travels with its new status as a new version, given back; so does its mission if new.

        `lines` replace the quote's and set its totals. Raises ValueError for "draft": a draft never travels.
        """
        if status == "draft" or not status:
            raise ValueError("a quote does not go back to draft")
        with self.db.transaction():
            quote = self._living("quote", quote_id)
            if mission_too and not self.entity("mission", quote["mission_id"])["transmitted"]:
                self.transmit_mission(quote["mission_id"])
            data = {**quote["data"], **(seeddata.priced(lines) if lines is not None else {})}
            data |= {"previous_status": data["status"], "status": status}
            data["status_label"] = seeddata.QUOTE_STATUSES.get(status, status)
            self._write(quote, data)
            self._transmit_photos(quote["mission_id"])
            return self._transmit(self.entity("quote", quote_id))

    def delete_quote(self, quote_id: str) -> None:
        self._delete("quote", quote_id)

    # -- photos

    def add_photo(
        self,
        mission_id: str,
        *,
        source: str = "insured",
        kind: str = "landscape",
        content: bytes | None = None,
        file_name: str | None = None,
        caption: str = "",
        category: str = "damage",
        nuls: int = 0,
    ) -> str:
        """A photo, drawn as one of drawing.KINDS (or "not_an_image"), or with that content; gives its id.

        `nuls` NUL bytes follow its end and count in its hash. It travels at once if its mission has.
        """
        with self.db.transaction():
            mission = self.entity("mission", mission_id)
            n, now = self._next_n(), self.clock()
            nuls = nuls or self._padding(mission["bodyshop_id"], source)
            drawn_as = kind if content is None else None
            recipe, content = (
                self._recipe(n, kind, now, nuls) if content is None else (None, content + bytes(nuls))
            )
            described = _described(content, drawn_as)
            extension = described.pop("extension")
            count = len(self.children(mission_id, "photo")) + 1
            data = {
                "sequence": count, "category": category, "source": source, "caption": caption,
                "file_name": file_name or f"IMG_{count:04d}.{extension}",
                "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), **described,
                "captured_at": None if source == "repairer" else now.replace(microsecond=0).isoformat(),
                "created_at": now.isoformat(),
            }  # fmt: skip
            photo_id = self._insert("photo", mission["bodyshop_id"], mission_id, data, data["sha256"])
            self.db.execute(
                "INSERT INTO contents VALUES (?, ?, ?)", photo_id, recipe, None if recipe else content
            )
            if mission["transmitted"]:
                self._transmit(self.entity("photo", photo_id))
            return photo_id

    def _padding(self, bodyshop_id: str, source: str) -> int:
        """How many NULs follow a photo that says nothing of it; one that was returned is kept as it came."""
        fault = source != "repairer" and self.faults.take(CREATION_FAULTS, "", "", bodyshop_id)
        return 512 if fault else 0

    def _recipe(self, n: int, kind: str, now: datetime, nuls: int) -> tuple[str | None, bytes]:
        serial = f"{self.seed}-{n}-{hashlib.sha256(self.secret.encode()).hexdigest()[:8]}"
        if kind == "not_an_image":
            return None, drawing.not_an_image(serial)
        r = seeddata.chance(self.seed, "photo", n)
        scene, colour = r.choice(drawing.SCENES), list(drawing.COLOURS)[self.seed % len(drawing.COLOURS)]
        recipe = drawing.recipe_text(scene, colour, kind, serial, now, nuls)
        return recipe, drawing.cooked(recipe, self._drawing)

    def photo_with_hash(self, mission_id: str, sha256: str) -> Row | None:
        for photo in self.children(mission_id, "photo"):
            if photo["sha256"] == sha256 and not photo["deleted"]:
                return photo
        return None

    def delete_photo(self, photo_id: str) -> None:
        self._delete("photo", photo_id)

    # -- how it is written and transmitted

    def _next_n(self) -> int:
        found = self.db.row("SELECT COALESCE(MAX(n), 0) + 1 AS n FROM entities")
        return found["n"] if found else 1

    def _insert(
        self, entity: str, bodyshop_id: str, mission_id: str | None, data: Row, sha256: str | None = None
    ) -> str:
        entity_id = seeddata.id_for(self.seed, entity, self._next_n())
        owner = {} if mission_id is None else {"mission_id": mission_id}
        self.db.execute(
            "INSERT INTO entities (id, entity, bodyshop_id, mission_id, sha256, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            entity_id, entity, bodyshop_id, mission_id or entity_id, sha256,
            json.dumps({"id": entity_id, **owner, **data}),
        )  # fmt: skip
        return entity_id

    def _write(self, row: Row, data: Row) -> None:
        self.db.execute("UPDATE entities SET data = ? WHERE id = ?", json.dumps(data), row["id"])

    def _transmit(self, row: Row, *, shell: bool = False) -> int:
        """The next version of an entity enters the feed; gives that version."""
        version, data = row["version"] + 1, row["data"]
        if row["entity"] == "quote":
            data = {**data, "version": version}
        self.db.execute(
            "UPDATE entities SET version = ?, transmitted = 1, deleted = 0, shell = ?, data = ? WHERE id = ?",
            version, int(shell), json.dumps(data), row["id"],
        )  # fmt: skip
        self.feed.append({**row, "version": version}, shell_of(data) if shell else data)
        return version

    def _transmit_photos(self, mission_id: str) -> None:
        for photo in self.children(mission_id, "photo"):
            if not photo["transmitted"] and not photo["deleted"]:
                self._transmit(photo)

    def _delete(self, entity: str, entity_id: str) -> None:
        """A delete with the next version, if it ever travelled; else it is only gone."""
        with self.db.transaction():
            row = self.entity(entity, entity_id)
            if row["deleted"]:
                return
            version = row["version"] + bool(row["transmitted"])
            self.db.execute("UPDATE entities SET deleted = 1, version = ? WHERE id = ?", version, entity_id)
            if row["transmitted"]:
                self.feed.append({**row, "version": version}, None)


def shell_of(mission: Row) -> Row:
    return {"id": mission["id"], "number": mission["number"]}


def merged(base: Row, patch: Row) -> Row:
    """`patch` laid over `base`, objects within objects."""
    result = dict(base)
    for name, value in patch.items():
        below = result.get(name)
        result[name] = merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return result


def _row(found: Any) -> Row:
    return {**dict(found), "data": json.loads(found["data"])}


def _described(content: bytes, drawn_as: str | None) -> Row:
    """Mime, extension, width and height as the wire tells them; a drawn one is known without decoding."""
    if drawn_as in drawing.KINDS:
        found: tuple[Any, ...] = (*drawing.mime_and_extension(drawn_as), *drawing.size(drawn_as))
    else:
        found = drawing.decoded(content) or ("image/jpeg", "jpg", None, None)
    return dict(zip(("mime", "extension", "width", "height"), found, strict=True))
