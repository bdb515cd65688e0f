"""Whether the translation files hold every text of the code: collected anew into a copy, and compared."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "planmanager",
    "claims360_link",
    "dossiers",
    "repairers",
    "templates",
    "static",
    "locale",
    "manage.py",
)
COLLECT = ("makemessages", "--all", "--no-obsolete", "--no-location")


def texts(path: Path) -> set[tuple[str | None, str]]:
    """(context, text) of each entry of a translation file."""
    with path.open("rb") as file:
        return {(message.context, str(message.id)) for message in read_po(file) if message.id}


def main() -> int:
    """Says what is missing or left over; 1 if anything is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
        known = {**os.environ, "VAR_DIR": str(copy / "var")}
        subprocess.run([sys.executable, "manage.py", *COLLECT], cwd=copy, env=known, check=True)
        wrong = [
            f"{path.parts[1]}: {text}"
            for path in sorted(one.relative_to(copy) for one in copy.glob("locale/*/LC_MESSAGES/django.po"))
            for _context, text in texts(copy / path) ^ texts(ROOT / path)
        ]
    print("\n".join([*wrong, f"{len(wrong)} texts are missing or left over (make messages)"]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
