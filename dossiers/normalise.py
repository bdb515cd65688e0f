"""Plates, numbers and words as they are compared: case, accents, spaces and punctuation do not count."""

import re
import unicodedata

NO_LETTER, WORD = re.compile(r"[\W_]+"), re.compile(r"[^\W_]+")  # letters and digits, as str.isalnum has them
WORDS = 255  # what the columns hold, and an index


def key(text: str) -> str:
    """`text` as a key for plates and numbers: "1-abc-234" and "1 ABC 234" both give "1ABC234"."""
    return NO_LETTER.sub("", fold(text).upper())


def words(*texts: str) -> str:
    """The words of `texts` as they are searched, a space before each: "Peeters-Maes Zoë" gives " peeters maes zoe".

    Cut at WORDS characters.
    """
    return all_words(*texts)[:WORDS]


def all_words(*texts: str) -> str:
    """`words`, however many."""
    return "".join(f" {word}" for text in texts for word in WORD.findall(fold(text)))


def fold(text: str) -> str:
    """`text` in lower case without accents, spaces at its ends removed: "Škoda " gives "skoda"."""
    if text.isascii():
        return text.lower().strip()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold().strip()
