"""Every text of the screens stands in every language."""

import json
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import trans_real

from planmanager.admin_site import Administration

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


def of_libraries(code: str) -> set[str]:
    """The texts that have a translation, those of Django and of every library with us."""
    catalogs = trans_real.translation(code)._catalog._catalogs
    return {text if isinstance(text, str) else text[0] for catalog in catalogs for text in catalog}


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_text_of_a_library_is_shown_in_french_instead(code: str) -> None:
    """As what a language lacks is, for French is the language of the installation."""
    assert of_libraries(settings.LANGUAGE_CODE) - of_libraries(code) == set()


def in_scripts(rf: RequestFactory, code: str) -> dict[str, object]:
    """What the scripts of admin say, by the English text."""
    with translation.override(code):
        told = Administration().i18n_javascript(rf.get("/"))
    return json.loads(told.content.decode().split("newcatalog = ")[1].split(";\n")[0])


@pytest.mark.parametrize("code", set(TRANSLATED) - {settings.LANGUAGE_CODE})
def test_nor_is_one_of_the_scripts_of_admin(rf: RequestFactory, code: str) -> None:
    """By what has several words: a single one, the name of a month say, may be the same in both."""
    french, here = in_scripts(rf, settings.LANGUAGE_CODE), in_scripts(rf, code)
    assert "Choose all %s" in here
    alike = {text.rpartition("\x04")[2] for text, said in here.items() if said == french.get(text)}
    assert {text for text in alike if " " in text} == set()


def test_a_page_in_dutch_says_in_dutch_what_a_library_says() -> None:
    with translation.override("nl"), pytest.raises(ValidationError) as refused:
        validate_password("kort")
    assert "Dit wachtwoord is te kort. Het moet minstens 12 tekens bevatten." in refused.value.messages
