"""Every text of the screens stands in every language."""

from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]  # the texts in the code are English


def messages(code: str) -> list[Message]:
    with (ROOT / "locale" / code / "LC_MESSAGES" / "django.po").open("rb") as file:
        return [message for message in read_po(file, locale=code) if message.id]


def is_complete(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts) and not message.fuzzy


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_text_is_missing_or_unsure(code: str) -> None:
    assert [message.id for message in messages(code) if not is_complete(message)] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_filled_in_is_filled_in_everywhere(code: str) -> None:
    wrong = {str(message.id): list(map(str, message.check())) for message in messages(code)}
    assert {text: errors for text, errors in wrong.items() if errors} == {}


def test_all_languages_have_the_same_texts() -> None:
    first, *others = ({(one.context, one.id) for one in messages(code)} for code in TRANSLATED)
    assert all(other == first for other in others)
