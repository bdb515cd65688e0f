"""Files in a folder of this machine, or one that machines share: MEDIA_ROOT."""

import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import FileSystemStorage

DRAFTS = "incoming"  # what a killed process left there goes with what else is half there (`delete_old_parts`)


class Folder(FileSystemStorage):
    """See `Store`."""

    def put(self, name: str, file: BinaryIO) -> None:
        target, drafts = Path(self.path(name)), Path(self.path(DRAFTS))
        for folder in (target.parent, drafts):
            folder.mkdir(parents=True, exist_ok=True)
        file.seek(0)
        with tempfile.NamedTemporaryFile(dir=drafts, suffix=".part", delete=False) as draft:
            try:
                shutil.copyfileobj(file, draft)
                draft.flush()
                os.fsync(draft.fileno())  # its row will be on the disk
                Path(draft.name).replace(target)
            except OSError:  # the disk is full, or another one
                Path(draft.name).unlink()
                raise

    def walk(self, leave_out: Collection[str] = ()) -> Iterator[str]:
        return self._found("", leave_out)

    def below(self, folder: str) -> Iterator[str]:
        return self._found(folder, ())

    def _found(self, top: str, leave_out: Collection[str]) -> Iterator[str]:
        root = Path(self.location)
        for folder, folders, names in os.walk(root / top):
            if Path(folder) == root:
                folders[:] = set(folders) - set(leave_out)
            yield from (str(Path(folder, name).relative_to(root)) for name in names)

    def replace_all(self, staged: Path) -> None:
        """`staged` lies in a folder of this one, which stays."""
        root = Path(self.location)
        for path in root.iterdir():
            if path != staged.parent:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in staged.iterdir() if staged.exists() else ():
            path.rename(root / path.name)

    def is_public(self) -> bool:
        return False  # no URL leads into it

    def elsewhere(self) -> list[str]:
        root = Path(self.location)
        folders = [path for path in root.iterdir() if path.is_dir()] if root.exists() else []
        return sorted(path.name for path in folders if not self._takes_drafts(path))

    def _takes_drafts(self, folder: Path) -> bool:
        drafts = Path(self.path(DRAFTS))
        try:
            drafts.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=drafts, suffix=".part") as draft:
                there = folder / Path(draft.name).name
                there.hardlink_to(draft.name)
                there.unlink()
        except OSError as error:
            return error.errno != errno.EXDEV
        return True
