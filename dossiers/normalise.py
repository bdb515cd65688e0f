"""Plates, numbers and words as they are compared: case, accents, spaces and punctuation do not count."""

import unicodedata


def key(text: str) -> str:
    """`text` as a key for plates and numbers: "1-abc-234" and "1 ABC 234" both give "1ABC234"."""
    return "".join(filter(str.isalnum, fold(text).upper()))


def fold(text: str) -> str:
    """`text` in lower case without accents, spaces at its ends removed: "Škoda " gives "skoda"."""
    if text.isascii():
        return text.lower().strip()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold().strip()
