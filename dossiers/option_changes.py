"""The options of the database are changed here, with a history of who changed what."""

from collections.abc import Mapping
from typing import Any

from constance import config
from constance.utils import get_values
from django.db import transaction

from dossiers.models import OptionChange
from repairers.models import User
from repairers.whence import current_address


def change_options(values: Mapping[str, Any], user: User) -> list[str]:
    """Store the options in `values`, which were checked, and their history, together or not at all.

    Gives the names of those that changed.
    """
    with transaction.atomic():
        before = get_values()
        changed = [name for name, value in values.items() if before[name] != value]
        for name in changed:
            setattr(config, name, values[name])
        OptionChange.objects.bulk_create(
            OptionChange(
                name=name,
                old=str(before[name]),
                new=str(values[name]),
                changed_by=user,
                address=current_address(),
            )
            for name in changed
        )
    return changed
