"""Words for the codes that Claims360 sends; a code that is not listed shows as it came."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dossiers.models.photo import PhotoOrigin

QUOTE_STATUS = {
    "draft": pgettext_lazy("quote", "draft"),
    "submitted": pgettext_lazy("quote", "submitted"),
    "in_review": pgettext_lazy("quote", "in review"),
    "correction_requested": pgettext_lazy("quote", "correction requested"),
    "approved": pgettext_lazy("quote", "approved"),
    "rejected": pgettext_lazy("quote", "rejected"),
    "total_loss": pgettext_lazy("quote", "total loss"),
    "closed": pgettext_lazy("quote", "closed"),
}
MISSION_STATUS = {
    "new": pgettext_lazy("mission", "new"),
    "accepted": pgettext_lazy("mission", "accepted"),
    "in_progress": pgettext_lazy("mission", "in progress"),
    "closed": pgettext_lazy("mission", "closed"),
    "cancelled": pgettext_lazy("mission", "cancelled"),
}
LINE_KIND = {
    "part": _("part"),
    "labour": _("labour"),
    "paint": _("paint"),
    "misc": _("miscellaneous"),
}
TOTAL = {  # of a quote, in the order in which they are shown
    "parts": _("Parts"),
    "labour": _("Labour"),
    "paint": _("Paint"),
    "misc": _("Miscellaneous"),
    "net": _("Total without VAT"),
    "vat": _("VAT"),
    "gross": _("Total with VAT"),
}
PHOTO_CATEGORY = {
    "vehicle": _("vehicle"),
    "damage": _("damage"),
    "document": _("document"),
    "other": _("other"),
}

# The contract knows no time of a repair: what staff add themselves can tell it, and it never leaves.
REPAIR_STAGE = {
    "damage": _("Before the repair"),
    "repair": _("During the repair"),
    "repaired": _("After the repair"),
}
PHOTO_CATEGORY_HERE = {
    **REPAIR_STAGE,
    **{code: word for code, word in PHOTO_CATEGORY.items() if code != "damage"},
}

ENTITY_KIND = {
    "mission": _("mission"),
    "quote": _("quote"),
    "photo": _("photo"),
    "document": _("document"),  # of Winformex II, of which not even the number can be read
}


def quote_status(code: str, label: str = "") -> str:
    """The word for a quote's status; for one that is not listed what Claims360 calls it."""
    return str(QUOTE_STATUS.get(code, label or code))


def mission_status(code: str) -> str:
    return str(MISSION_STATUS.get(code, code))


def line_kind(code: str) -> str:
    return str(LINE_KIND.get(code, code))


def total_name(code: str) -> str:
    return str(TOTAL.get(code, code))


def photo_category(code: str) -> str:
    return str({**REPAIR_STAGE, **PHOTO_CATEGORY}.get(code, code))


def photo_origin(code: str) -> str:
    """From whom a photo came; what is not listed as it was sent."""
    return str(PhotoOrigin(code).label if code in PhotoOrigin.values else code)


def entity_kind(code: str) -> str:
    return str(ENTITY_KIND.get(code, code))
