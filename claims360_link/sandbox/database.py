"""The one SQLite file that holds everything the sandbox knows, so that it survives being killed."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bodyshops (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, user_name TEXT NOT NULL, rotation INTEGER NOT NULL DEFAULT 0,
    bodyshop_key TEXT NOT NULL UNIQUE, planmanager_key TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS entities (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL,
    bodyshop_id TEXT NOT NULL, mission_id TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 0,
    transmitted INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
    shell INTEGER NOT NULL DEFAULT 0, sha256 TEXT, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entities_of_mission ON entities (mission_id, entity);
CREATE INDEX IF NOT EXISTS entities_of_bodyshop ON entities (bodyshop_id, entity);
CREATE TABLE IF NOT EXISTS contents (photo_id TEXT PRIMARY KEY, recipe TEXT, content BLOB);
CREATE TABLE IF NOT EXISTS drawings (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bodyshop_id TEXT NOT NULL, entity TEXT NOT NULL, op TEXT NOT NULL,
    id TEXT NOT NULL, mission_id TEXT NOT NULL, version INTEGER NOT NULL, changed_at TEXT NOT NULL,
    data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS feed_of_bodyshop ON feed (bodyshop_id, seq);
CREATE INDEX IF NOT EXISTS feed_of_entity ON feed (id, version);
CREATE TABLE IF NOT EXISTS idempotency (
    bodyshop_id TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL, return_n INTEGER NOT NULL, created_at REAL NOT NULL, PRIMARY KEY (bodyshop_id, key));
CREATE TABLE IF NOT EXISTS returns (
    n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, bodyshop_id TEXT NOT NULL,
    mission_id TEXT NOT NULL,
    key TEXT NOT NULL, body TEXT NOT NULL, received_at TEXT NOT NULL, requests INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS winformex_files (
    n INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT NOT NULL, reference TEXT NOT NULL, plate TEXT NOT NULL,
    mileage INTEGER NOT NULL, received_at TEXT NOT NULL, requests INTEGER NOT NULL DEFAULT 1,
    UNIQUE (mailbox, reference));
CREATE TABLE IF NOT EXISTS winformex_photos (
    n INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT NOT NULL, reference TEXT NOT NULL, sha256 TEXT NOT NULL,
    content BLOB NOT NULL, received_at TEXT NOT NULL, requests INTEGER NOT NULL DEFAULT 1,
    UNIQUE (mailbox, reference, sha256));
CREATE TABLE IF NOT EXISTS faults (
    n INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL, path TEXT, method TEXT, bodyshop TEXT,
    times INTEGER, args TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fired (fault TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""


class Database:
    """One connection, used by one thread at a time; the order of commits is the order of the feed."""

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what happens inside; one inside another belongs to the outer one."""
        with self._lock:
            if self._depth:
                yield
                return
            self._depth += 1
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def execute(self, sql: str, *values: Any) -> int:
        """Runs one writing statement; gives the id of the row that it inserted."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def setting(self, name: str, default: str) -> str:
        """The setting of that name; the default is written down the first time."""
        self.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", name, default)
        found = self.row("SELECT value FROM settings WHERE name = ?", name)
        return found["value"] if found else default

    def close(self) -> None:
        with self._lock:
            self._connection.close()
