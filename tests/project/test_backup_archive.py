"""The tar of a backup: any damage is noticed, nothing is written elsewhere, and its size costs no memory."""

import gc
import io
import os
import random
import subprocess
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from planmanager.backup import archive
from planmanager.backup.errors import Damaged
from tests.project.place import files_in

LITTLE = {"manifest.json": b"{}", "database/rows": b"1\n2\n" * 100, "files/photos/Zoë": b""}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A backup of a few small files."""
    return pack(tmp_path, LITTLE)


def pack(folder: Path, contents: dict[str, bytes]) -> Path:
    path = folder / "backup.tar"
    with archive.writing(path) as writer:
        for number, (name, content) in enumerate(contents.items()):
            source = folder / f"source-{number}"
            source.write_bytes(content)
            writer.add(name, source)
    return path


def unpacked(path: Path, name: str = "unpacked") -> dict[str, bytes]:
    folder = path.parent / name
    folder.mkdir()
    archive.unpack(path, folder)
    return files_in(folder)


def test_what_is_packed_is_unpacked(packed: Path) -> None:
    assert unpacked(packed) == LITTLE
    assert archive.first(packed, 100) == b"{}"


def test_other_programs_read_it(packed: Path) -> None:
    folder = packed.parent / "by-hand"
    folder.mkdir()
    subprocess.run(["tar", "-xf", packed], cwd=folder, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)


def test_any_damage_is_noticed_or_hurts_nothing(packed: Path) -> None:
    whole, dice, noticed = packed.read_bytes(), random.Random(1), 0
    for number in range(400):
        at, bit = dice.randrange(len(whole)), 1 << dice.randrange(8)
        packed.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        try:
            assert unpacked(packed, f"{number}") == LITTLE, f"byte {at}"
        except Damaged:
            noticed += 1
    assert noticed > 50


def test_any_cut_is_noticed(packed: Path) -> None:
    whole = packed.read_bytes()
    end = whole.rindex(b"  files/photos/")  # the last line of the hashes
    for number, size in enumerate(range(0, end, 97)):
        packed.write_bytes(whole[:size])
        with pytest.raises(Damaged):
            unpacked(packed, f"{number}")


@pytest.mark.parametrize("name", ["../outside", "/outside", "files/../../outside"])
def test_nothing_is_written_elsewhere(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path, {"manifest.json": b"{}", name: b"bad"})
    with pytest.raises(Damaged, match="elsewhere"):
        unpacked(path)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_only_files_are_in_it(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("files")
    info.type, info.linkname = kind, "/etc"
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        tar.addfile(info, io.BytesIO())
    with pytest.raises(Damaged, match="is no file"):
        unpacked(tmp_path / "backup.tar")


def test_memory_is_flat(tmp_path: Path) -> None:
    """Many files and a large one; a record of each member, or the large one at once, would cost far more."""
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 48 * 1024 * 1024)
    (tmp_path / "small").write_bytes(b"small")
    gc.collect()
    gc.freeze()  # else what other tests left puts off the collecting of what this one throws away
    tracemalloc.start()
    try:
        with archive.writing(tmp_path / "backup.tar") as writer:
            writer.add("large", tmp_path / "large")
            for number in range(6_000):
                writer.add(f"files/{number % 50}/{number}", tmp_path / "small")
        (tmp_path / "unpacked").mkdir()
        archive.unpack(tmp_path / "backup.tar", tmp_path / "unpacked")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    assert peak < 4 * 1024 * 1024
