"""The watched folder: documents that the desktop program leaves, one folder a mailbox, each taken over once.

What was taken moves to `done/`, what was not to `failed/` with its reason beside it. A document is in PlanManager
before it is moved, and taken over twice it changes nothing: so this may be killed at any moment.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dossiers.sentences import sentence
from dossiers.winformex.documents import Unreadable, parse
from dossiers.winformex.receive import Outcome, take
from repairers.models import Repairer

DONE, FAILED, LEFT = "done", "failed", "left"
SETTLED = 3.0  # seconds that nothing has touched a file: nobody is writing it any more
PATIENCE = 60.0  # seconds that a document waits to become whole, and for its photos


@dataclass(frozen=True, slots=True)
class Seen:
    """A document and where it went; `reason`, a sentence, of what was not taken over, "" where all was."""

    document: Path
    folder: str  # DONE, FAILED, or LEFT: it stays for now, and is tried again the next time
    reason: str = ""


def import_folder(root: Path) -> Iterator[Seen]:
    """Take over, once, every document under `root` that nobody is writing any more."""
    for mailbox in sorted(path for path in root.iterdir() if path.is_dir()):
        repairer = _repairer(mailbox.name)
        for path in _documents(mailbox):
            try:
                seen = _import(path, repairer)
            except OSError as error:  # it, or the disk of PlanManager
                seen = Seen(path, LEFT, error.strerror or type(error).__name__)
            if seen is not None:
                yield seen


def _documents(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.suffix.lower() == ".json" and path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


def _repairer(mailbox: str) -> Repairer | None:
    found = list(Repairer.objects.filter(mailbox_number=mailbox)[:2])
    return found[0] if len(found) == 1 else None


def _import(path: Path, repairer: Repairer | None) -> Seen | None:
    """Take over one document; None while it is to be waited for."""
    if not _is_settled(path):
        return None
    if repairer is None:
        return _move(path, [], FAILED, sentence("mailbox-unknown"))
    body = path.read_bytes()
    beside = _beside(path.parent, body)
    if _is_to_come(path, beside):
        return None
    outcome = take(repairer, body, lambda name: _open(path.parent / name))
    return _move(path, beside or [], DONE if outcome.taken else FAILED, _reason(outcome))


def _is_to_come(path: Path, beside: list[Path] | None) -> bool:
    """Whether the rest of a document may still come: its end, where it is no JSON (`beside` is None), or its photos."""
    there = [one for one in beside or [] if one.is_file()]
    is_whole = beside is not None and len(there) == len(beside)
    return not all(_is_settled(one) for one in there) or (not is_whole and _idle(path) < PATIENCE)


def _beside(folder: Path, body: bytes) -> list[Path] | None:
    """The files that a document names; None where it is no JSON, or not yet."""
    try:
        raw = parse(body)
    except Unreadable:
        return None
    photos = raw.get("photos") if isinstance(raw, dict) else None
    names = (
        [photo.get("file") for photo in photos if isinstance(photo, dict)] if isinstance(photos, list) else []
    )
    return [folder / name for name in names if isinstance(name, str) and name == Path(name).name]


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _is_settled(path: Path) -> bool:
    return _idle(path) >= SETTLED


def _idle(path: Path) -> float:
    """Seconds since a file was written; a copy keeps the time of writing, never that of the last change."""
    told = path.stat()
    return time.time() - max(told.st_mtime, told.st_ctime)


def _reason(outcome: Outcome) -> str:
    return "\n".join(f"{sentence(one.reason)} {one.detail}".strip() for one in outcome.aside)


def _move(path: Path, beside: list[Path], folder: str, reason: str) -> Seen:
    """The document before its photos: one that is left alone would look as if they were missing."""
    target = path.parent / folder
    target.mkdir(exist_ok=True)
    name = _free(target, path)
    if reason:
        (target / f"{name}.txt").write_text(f"{reason}\n")
    path.rename(target / name)
    for one in {*beside}:
        if one.is_file():
            one.rename(target / _free(target, one))
    return Seen(path, folder, reason)


def _free(folder: Path, path: Path) -> str:
    """The name of `path`, with a number where `folder` has another file of that name."""
    names = [path.name, *(f"{path.stem}.{number}{path.suffix}" for number in range(2, 1000))]
    return next(name for name in names if not (folder / name).exists())
