"""Where files are kept: a folder, or the bucket of an S3-compatible server, as the settings say.

Photos, what is shown of them and what was set aside go there; what is half fetched stays on the machine.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from django.core.files.base import File
from django.core.files.storage import default_storage


class Store(Protocol):
    """Django's storage and what is needed beyond it. A name has its whole file or none, whoever is killed meanwhile.

    Everything raises FileNotFoundError for a file that is not there, and another OSError where it can't be had now.
    """

    def open(self, name: str) -> "File[Any]":
        """The file, all of it at hand, to be read and closed."""

    def put(self, name: str, file: BinaryIO) -> None:
        """Hold `file` under this very name, in place of what was there."""

    def exists(self, name: str) -> bool: ...

    def size(self, name: str) -> int:
        """In bytes."""

    def delete(self, name: str) -> None:
        """Delete it, if it is there."""

    def walk(self, leave_out: Collection[str] = ()) -> Iterator[str]:
        """The names of all files but those in the folders `leave_out`, in any order."""

    def below(self, folder: str) -> Iterator[str]:
        """The names of all files in a folder and in those in it, in any order."""

    def replace_all(self, staged: Path) -> None:
        """Hold what the folder `staged` holds, which may be used up, and nothing else."""

    def is_public(self) -> bool:
        """Whether others read what is kept without this program, found out by a file of its own."""

    def elsewhere(self) -> list[str]:
        """Its folders that take no whole file, being on another file system, found out by a file of its own."""


files = cast(Store, default_storage)
