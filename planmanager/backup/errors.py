"""Why there is no backup, or nothing was restored: each in one line for whoever ran the command."""


class CannotBackUp(Exception):
    """No backup was made."""


class CannotRestore(Exception):
    """Nothing was restored, and nothing was changed."""


class CannotMove(CannotRestore):
    """Nothing was moved, and nothing was changed."""


class InUse(CannotRestore):
    """Somebody else has the database in hand."""

    def __init__(self) -> None:
        super().__init__("The database is in use: stop everything that uses it first.")


class Damaged(CannotRestore):
    """The file is no backup, or not all of one as it was written."""


def one_line(error: Exception) -> str:
    """What it says, for a person."""
    return " ".join(str(error).split())
