"""Every URL of the URL configuration, at real rows: a new one can't be forgotten."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from tests.security.world import World

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
EXPRESSION = re.compile(r"\^?\(\?P(<\w+>)[^)]*\)(/?)\$")  # admin writes two of its routes so


def routes() -> list[str]:
    """The route of every URL, as the URL configuration writes it, without the first slash."""
    return list(dict.fromkeys(EXPRESSION.sub(r"\1\2", route) for route in _walk(get_resolver())))


def address(route: str, world: World) -> str:
    """The URL of a route at the rows of `world`."""
    known = _parameters(route, world)
    return "/" + PARAMETER.sub(lambda found: str(known[found[1]]), route)


def _walk(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _walk(entry, route)


def _parameters(route: str, world: World) -> dict[str, Any]:
    if route.startswith("admin/"):
        return _of_admin(route, world)
    mine = {
        "communication/": world.rows["repairers.message"],
        "claims360/missions/<int:pk>/reconsider/": world.denied,
        "claims360/missions/": world.waiting,
        "claims360/repairers/": world.repairer,
        "claims360/set-aside/": world.rows["dossiers.setaside"],
        "claims360/quotes/": world.quote,
        "api/v1/missions/<int:pk>/reconsider": world.denied,
        "api/v1/missions/<int:pk>/undo": world.mission,
        "api/v1/missions/<int:pk>/move": world.mission,
        "api/v1/missions/<int:pk>/take-offer": world.mission,
        "api/v1/missions/<int:pk>/keep-own": world.mission,
        "api/v1/missions/": world.waiting,
        "api/v1/quotes/": world.quote,
        "api/v1/photos/": world.photo,
        "api/v1/orders/": world.line,
        "api/v1/transmissions/": world.transmission,
        "api/v1/repairers/": world.repairer,
        "api/v1/sync-runs/": world.rows["claims360_link.syncrun"],
    }
    row = next((row for begins, row in mine.items() if route.startswith(begins)), world.dossier)
    return {
        "pk": row.pk,
        "dossier_pk": world.dossier.pk,
        "mission_pk": world.mission.pk,
        "quote_pk": world.quote.pk,
        "transmission_pk": world.transmission.pk,
        "photo_pk": world.photo.pk,
        "number": world.waiting.number,
        "external_id": world.waiting.external_id,
        "fact": "model",
        "slug": "keys",
        "rest": "nowhere",
    }


def _of_admin(route: str, world: World) -> dict[str, Any]:
    _admin, app, model, *_rest = [*route.split("/"), "", ""]
    row: Model = world.rows.get(f"{app}.{model}", world.dossier)
    kind = ContentType.objects.get_for_model(row)
    ids = dict.fromkeys(("pk", "id", "object_id"), row.pk)
    return {**ids, "content_type_id": kind.pk, "app_label": "dossiers", "url": "nothing-is-there"}
