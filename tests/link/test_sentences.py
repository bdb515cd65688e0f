"""Whatever code ends up in a row or on a page has a sentence that a garage understands."""

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

from claims360_link import addresses, answers, client, credentials, photos, sender, sync
from dossiers import imaging, outbox, photo_file, sentences, uploads
from dossiers.sentences import ERRORS, VERBS, known, sentence, verb

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
ONE_WORD = {
    "timeout",
    "unreachable",
    "outage",
    "maintenance",
    "validation",
    "refused",
    "busy",
    "interrupted",
    "crashed",
}
CONTRACT = Path(__file__).parents[2] / "docs" / "claims360-api.yaml"


def literals(module: ModuleType) -> set[str]:
    """The texts of a module that look like codes."""
    assert module.__file__
    tree = ast.parse(Path(module.__file__).read_text())
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if KEBAB.fullmatch(text) or text in ONE_WORD}


@pytest.mark.parametrize(
    "module", [sender, photos, client, answers, addresses, credentials, sync, outbox, uploads]
)
def test_every_code_has_a_sentence(module: ModuleType) -> None:
    found = literals(module)
    assert found - ERRORS.keys() - VERBS.keys() == set()
    assert found or module is addresses


def test_the_codes_of_photos_that_are_none() -> None:
    source = "".join(Path(str(module.__file__)).read_text() for module in (imaging, photo_file))
    codes = set(re.findall(r'NotAPhoto\("([a-z-]+)"\)', source))
    assert codes >= {"format", "too-large", "too-slow", "too-many-pixels", "damaged"}
    for code in codes | {"not-an-image"}:
        assert f"photo-{code}" in ERRORS


def test_what_the_contract_says_claims360_refuses() -> None:
    told = set(re.findall(r"(?:40\d|41\d|42\d|503) `([a-z-]+)`", CONTRACT.read_text()))
    assert told >= {"mission-closed", "photo-too-large"}
    assert {code for code in told if code not in ERRORS} <= {"key-unknown"}


def test_arguments_that_are_missing_never_break_a_page() -> None:
    for code in {**sentences.REASONS, **ERRORS}:
        assert sentence(code) and "%(" not in sentence(code)
    for code in VERBS:
        assert verb(code) and "%(" not in verb(code)


def test_codes_that_nobody_foresaw() -> None:
    assert known("mission-closed", "refused") == "mission-closed"
    assert known("something-new", "refused") == "refused"
    assert "something-new" in sentence("something-new")
