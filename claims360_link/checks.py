"""What `manage.py check` and every start look at."""

from collections.abc import Iterable
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from claims360_link.write_once import TABLE, missing


@register(Tags.security)
def credentials_keys(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """CREDENTIALS_KEYS must be Fernet keys."""
    try:
        keys = [Fernet(key) for key in settings.CREDENTIALS_KEYS]
    except ValueError:
        keys = []
    if keys:
        return []
    return [
        Error(
            "CREDENTIALS_KEYS is no list of Fernet keys.",
            hint="Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
            id="claims360.E001",
        )
    ]


@register(Tags.database)
def write_once_triggers(databases: Iterable[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The triggers that keep configurations as they were written must be in place."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if TABLE in connection.introspection.table_names() and (names := missing(connection)):
            messages.append(
                Error(
                    f"Triggers are missing on {alias}: {', '.join(sorted(names))}.",
                    hint="Run manage.py migrate --skip-checks: it puts them in place.",
                    id="claims360.E002",
                )
            )
    return messages
