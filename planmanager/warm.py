"""What the first visitor would otherwise wait for, about as long as ten visits take: loaded before anybody comes."""

from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

SUFFIXES = (".html", ".txt", ".svg")


def warm() -> None:
    """Load the addresses, the words of each language, and our templates."""
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            reverse("login")
            translation.gettext("Dossier")
    for name in templates():
        get_template(name)


def templates() -> list[str]:
    """The names of our templates."""
    root = Path(settings.BASE_DIR, "templates")
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES]
