"""The style sheet of every page as one file: six would be six requests, and more than a browser makes at once."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/site.css"
IMPORT = re.compile(r'@import url\("([\w-]+\.css)"\);')
Found = Mapping[str, tuple[Any, str]]  # where each static file is: its storage, and its path there


class OneSheet(CompressedManifestStaticFilesStorage):
    def post_process(self, paths: dict[str, tuple[Any, str]], **options: Any) -> Iterator[Any]:
        """Put what SHEET imports in its place, then give all files a name by their content and compress them."""
        if SHEET in paths and not options.get("dry_run"):
            Path(self.path(SHEET)).write_text(joined(paths))
            paths = {**paths, SHEET: (self, SHEET)}
        yield from super().post_process(paths, **options)


def joined(paths: Found) -> str:
    """The text of SHEET with that of each file that it imports in its place."""
    return IMPORT.sub(lambda found: _text(paths[f"css/{found[1]}"]), _text(paths[SHEET]))


def _text(where: tuple[Any, str]) -> str:
    storage, path = where
    with storage.open(path) as file:
        return str(file.read().decode())
