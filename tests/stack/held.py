"""What a place holds, as a backup of it tells."""

import hashlib
import tarfile
from pathlib import Path

Held = dict[
    str, tuple[int, str]
]  # by table: its rows, and the hash of them whatever their order; by file: 1, its hash


def held(backup: Path) -> Held:
    """What a backup holds of a PostgreSQL and of files, without asking the program that made it."""
    with tarfile.open(backup) as tar:
        members = [one for one in tar if one.name.startswith(("database/", "files/"))]
        return {one.name: _told(tar, one) for one in members}


def _told(tar: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[int, str]:
    file = tar.extractfile(member)
    assert file is not None
    whole = file.read()
    rows = sorted(whole.splitlines(keepends=True)) if member.name.endswith(".copy") else [whole]
    return len(rows), hashlib.sha256(b"".join(rows)).hexdigest()
