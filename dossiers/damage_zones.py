"""Where a car is damaged: the zones that Claims360 names (`damage_zones`), with a word for each."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

ZONES = {
    "front_left": _("front left"),
    "front": _("front"),
    "front_right": _("front right"),
    "left": _("left side"),
    "right": _("right side"),
    "door_front_left": _("door, front left"),
    "door_front_right": _("door, front right"),
    "door_rear_left": _("door, rear left"),
    "door_rear_right": _("door, rear right"),
    "sill_left": _("sill, left"),
    "sill_right": _("sill, right"),
    "mirror_left": _("mirror, left"),
    "mirror_right": _("mirror, right"),
    "rear_left": _("rear left"),
    "rear": _("rear"),
    "rear_right": _("rear right"),
    "bonnet": _("bonnet"),
    "windscreen": _("windscreen"),
    "roof": _("roof"),
    "rear_window": _("rear window"),
    "boot": _("boot"),
    "tailgate": _("tailgate"),
    "underbody": _("underbody"),
    "interior": _("interior"),
    "mechanics": _("mechanics"),
    "wheels": _("wheels"),
}


def label(zone: str) -> str:
    """The word for `zone`; a zone that is not listed shows as it came."""
    return str(ZONES.get(zone, zone))


def choices(held: Iterable[str]) -> list[tuple[str, str]]:
    """The listed zones and, after them, those of `held` that are not listed: they must not get lost."""
    unlisted = [zone for zone in held if zone not in ZONES]
    return [(zone, label(zone)) for zone in [*ZONES, *unlisted]]
