"""Secrets come by the environment or by files that it names; the others are made once and kept, mode 0600."""

import os
from collections.abc import Callable
from pathlib import Path

from environ.fileaware_mapping import FileAwareMapping


class EnvironmentAndFiles(FileAwareMapping):
    """The environment; where it has NAME_FILE, the content of that file is NAME, without the line end.

    An empty file leaves NAME as it is: the compose file has one for each secret, whether it is used or not.
    """

    def __getitem__(self, name: str) -> str:
        return str(super().__getitem__(name)).rstrip("\r\n") or str(self.env.get(name, ""))


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in `path`; made by `make` and written with mode 0600 where there is none yet.

    Two processes that start at once agree: the file is linked into place whole, and the first one wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
