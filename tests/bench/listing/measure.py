"""`python -m tests.bench.listing.measure MISSIONS REPAIRERS`: times of each list, as JSON; in an empty database."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import django

REPEATED = 5  # times, after two that are not counted
LONG = 1000.0  # ms; what takes that long is told from the second time
SORTS = ("received", "number", "plate", "owner", "state")
TYPED = {  # what is typed: much, little and nothing fits; from three characters on and below
    "number": ("2026", "0012345", "20", "99999999999"), "plate": ("1ab", "abc12", "1", "zz", "qqqqq"),
    "name": ("peeters", "peeters zoe", "p", "xyzzy"), "model": ("octavia", "a4 av"), "make": ("skoda", "lada"),
}  # fmt: skip
STATES = ("waiting", "dossier", "excluded", "denied", "archived", "withdrawn", "incomplete", "all")


def main() -> None:
    """Fill, and print [scenario, who, statements, milliseconds of each time]."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")
    os.environ.setdefault("DEBUG", "true")  # static files as they lie
    django.setup()
    from constance import config
    from django.core.management import call_command

    from repairers.models import User
    from tests.bench.listing.rows import fill

    call_command("migrate", verbosity=0)
    missions, repairers = map(int, sys.argv[1:])
    if not User.objects.filter(username="staff").exists():
        fill(missions, repairers)
        User.objects.create_user("helpdesk", is_staff=True, is_superuser=True)
    config.CLAIMS360_ENABLED = True
    print(json.dumps(list(measured())), flush=True)


def measured() -> Iterator[list[Any]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for who, scenario, page in [*ours("staff"), *ours("helpdesk"), *admins()]:
        page()
        with CaptureQueriesContext(connection) as captured:
            second = milliseconds(page)
        statements = len(captured)  # the next request forgets them
        times = [second] if second > LONG else [milliseconds(page) for _ in range(REPEATED)]
        yield [scenario, who, statements, times]


def milliseconds(page: Callable[[], object]) -> float:
    began = time.perf_counter()
    page()
    return (time.perf_counter() - began) * 1000


def ours(who: str) -> Iterator[tuple[str, str, Callable[[], object]]]:
    """The tab's pages, through all middleware."""
    from django.test import Client

    from repairers.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username=who))

    def shown(query: dict[str, str]) -> None:
        answer = client.get("/claims360/", query)
        assert answer.status_code == 200, answer

    for scenario, query in queries():
        yield who, scenario, partial(shown, query)


def queries() -> Iterator[tuple[str, dict[str, str]]]:
    for sort in SORTS:
        for sign in ("", "-"):
            for end in ("1", "-1"):
                yield f"sort {sign}{sort}, page {end}", {"state": "all", "sort": f"{sign}{sort}", "page": end}
    for state in STATES:
        yield f"state {state}", {"state": state}
    yield "smart", {"smart": "on", "state": "all"}
    for field, texts in TYPED.items():
        for text in texts:
            yield f"{field} {text}", {field: text, "state": "all"}


def admins() -> Iterator[tuple[str, str, Callable[[], object]]]:
    """Admin's list of the same table, with the same columns and filters, without any middleware."""
    from django.contrib import admin
    from django.test import RequestFactory

    from dossiers.models import Mission
    from dossiers.search_index import FIELDS
    from repairers.models import User

    user = User.objects.get(username="helpdesk")

    def listed(columns: tuple[str, ...], query: dict[str, str]) -> object:
        names = [
            "__str__",
            "state",
            "number_key",
            "plate_key",
            "owner_words",
            "updated_at",
            "repairer",
            "dossier",
        ]
        options = {
            "list_display": names,
            "search_fields": columns,
            "list_per_page": 50,
            "ordering": ["-updated_at"],
        }
        options |= {
            "list_filter": ["state", "smart_expertise"],
            "list_select_related": ["repairer", "dossier"],
        }
        shown = type("Plain", (admin.ModelAdmin,), options)(Mission, admin.site)
        request = RequestFactory().get("/", query)
        request.user = user
        return shown.changelist_view(request).render()

    for scenario, query in queries():
        columns = next((FIELDS[name] for name in FIELDS if name in query), ())
        yield "admin", scenario, partial(listed, columns, asked(query))


def asked(query: dict[str, str]) -> dict[str, str]:
    """The same, as admin's list is asked for it."""
    from dossiers.models import Mission

    places = {"state": 2, "number": 3, "plate": 4, "owner": 5, "received": 6}
    said: dict[str, str] = {}
    if sort := query.get("sort"):
        said["o"] = f"{'-' if sort[0] == '-' else ''}{places[sort.removeprefix('-')]}"
    if query.get("page") == "-1":
        said["p"] = str(-(-Mission.objects.count() // 50))
    if query["state"] != "all":
        said["state__exact"] = query["state"]
    if "smart" in query:
        said["smart_expertise__exact"] = "1"
    typed = [value for name, value in query.items() if name in TYPED]
    return said | ({"q": typed[0]} if typed else {})


if __name__ == "__main__":
    main()
