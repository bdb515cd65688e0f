"""The tar: its members one after the other, at its end their hashes; never more of it in memory than a piece."""

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from planmanager.backup.errors import Damaged

SUMS = "SHA256SUMS"  # as sha256sum writes and reads them
PIECE = 256 * 1024  # bytes
CUT = "This backup is damaged: it ends too early."


class _Tar(tarfile.TarFile):
    """One that can forget the members that have passed."""

    members: list[tarfile.TarInfo]


class _Read:
    """A file that is read once; `sha256` is of what was read so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        piece = self.file.read(size)
        self.sha256.update(piece)
        return piece


class Writer:
    """Adds files to a backup, and notes the hash of each."""

    def __init__(self, tar: _Tar, sums: IO[bytes]) -> None:
        self._tar, self._sums = tar, sums

    def add(self, name: str, path: Path) -> None:
        """Add the file at `path` as `name`. Raises OSError."""
        with path.open("rb") as file:
            self.add_file(name, file)

    def add_file(self, name: str, file: IO[bytes]) -> None:
        """Add `file`, one of this disk, as `name`. Raises OSError, also if it gets shorter meanwhile."""
        self._sums.write(_line(self._put(name, file), name))

    def end(self) -> None:
        """Add the hashes."""
        self._sums.seek(0)
        self._put(SUMS, self._sums)

    def _put(self, name: str, file: IO[bytes]) -> str:
        info, status = tarfile.TarInfo(name), os.fstat(file.fileno())
        info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), 0o600
        read = _Read(file)
        self._tar.addfile(info, read)
        self._tar.members.clear()
        return read.sha256.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new backup at `path`, for this user alone; wholly on disk once this ends without an error."""
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as file, tempfile.TemporaryFile(dir=path.parent) as sums:
        with _Tar.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
            writer = Writer(tar, sums)
            yield writer
            writer.end()
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise Damaged(f"This is no backup, or a damaged one: {error}.") from error


@_damage_named()
def first(path: Path, limit: int) -> bytes:
    """The first `limit` bytes of the first member. Raises Damaged."""
    for _name, file in _members(path):
        return file.read(limit)
    raise Damaged(CUT)


@_damage_named()
def unpack(path: Path, folder: Path) -> None:
    """Write all members into `folder`, which is empty. Raises Damaged unless each is there as it was added."""
    with tempfile.TemporaryFile(dir=folder) as sums:
        for name, file in _members(path):
            if name == SUMS:
                return _require_same(file, sums)
            sums.write(_line(_copy(file, _inside(folder, name)), name))
    raise Damaged(CUT)


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with _Tar.open(path, "r:") as tar:
        while (info := tar.next()) is not None:
            file = tar.extractfile(info) if info.isreg() else None
            if file is None:
                raise Damaged(f"This is no backup: {info.name} in it is no file.")
            yield info.name, file
            tar.members.clear()


def _inside(folder: Path, name: str) -> Path:
    """Where the member `name` is written. Raises Damaged for one that would lie outside."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise Damaged(f"This is no backup: {name} in it would lie elsewhere.")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _copy(file: IO[bytes], target: Path) -> str:
    """Write `file` to `target`; gives its SHA-256."""
    read = _Read(file)
    with target.open("xb") as out:
        while piece := read.read(PIECE):
            out.write(piece)
    return read.sha256.hexdigest()


def _line(sha256: str, name: str) -> bytes:
    return f"{sha256}  {name}\n".encode(errors="surrogateescape")


def _require_same(told: IO[bytes], found: IO[bytes]) -> None:
    found.seek(0)
    for line in found:
        if told.read(len(line)) != line:
            name = line.decode(errors="replace").rstrip("\n").partition("  ")[2]
            raise Damaged(f"This backup is damaged: {name} in it is not as it was.")
    if told.read(1):
        raise Damaged(CUT)
