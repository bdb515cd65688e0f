"""Every URL of the API, asked with each kind of token: who gets what, in one table; what is another's is not there."""

from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from repairers.models import Integration, Repairer, User
from tests.api.programs import IntegrationFactory, secret_of
from tests.dossiers.factories import RepairerFactory
from tests.link.world import set_options
from tests.security.addresses import address, routes
from tests.security.changes import changes, held, ours, undone, written
from tests.security.test_who_sees_what import text_of
from tests.security.world import MARK, World, build, picture

# A hyphen is 405: not this method. "none": a token without any scope; "other": of another site, for everything;
# "read": of this site, for reading; "mine": of this site, for everything.
TABLE = """
                                    GET                    POST
                                    none other read mine   none other read mine
openapi.json                        200  200   200  200    -    -     -    -
repairers                           403  200   200  200    403  -     -    -
repairers/<int:pk>                  403  404   200  200    403  -     -    -
repairers/<int:pk>/sync             403  404   200  200    403  404   403  202
missions                            403  200   200  200    403  -     403  -
missions/<int:pk>                   403  404   200  200    403  -     403  -
missions/<int:pk>/accept            403  -     -    -      403  404   403  200
missions/<int:pk>/new-dossier       403  -     -    -      403  404   403  200
missions/<int:pk>/link              403  -     -    -      403  404   403  200
missions/<int:pk>/move              403  -     -    -      403  404   403  200
missions/<int:pk>/deny              403  -     -    -      403  404   403  200
missions/<int:pk>/reconsider        403  -     -    -      403  404   403  200
missions/<int:pk>/undo              403  -     -    -      403  404   403  200
missions/<int:pk>/take-back         403  -     -    -      403  404   403  409
missions/<int:pk>/take-offer        403  -     -    -      403  404   403  200
missions/<int:pk>/keep-own          403  -     -    -      403  404   403  200
quotes                              403  200   200  200    403  -     403  -
quotes/<int:pk>                     403  404   200  200    403  -     403  -
quotes/<int:pk>/accept              403  -     -    -      403  404   403  200
quotes/<int:pk>/deny                403  -     -    -      403  404   403  200
quotes/<int:pk>/take-back           403  -     -    -      403  404   403  409
photos                              403  200   200  200    403  -     -    -
photos/<int:pk>                     403  404   200  200    403  -     -    -
photos/<int:pk>/thumb               403  404   200  200    403  -     -    -
photos/<int:pk>/large               403  404   200  200    403  -     -    -
dossiers                            403  200   200  200    403  422   403  201
dossiers/<int:pk>                   403  404   200  200    403  -     403  -
dossiers/<int:pk>/status            403  -     -    -      403  404   403  200
dossiers/<int:pk>/comments          403  -     -    -      403  404   403  201
dossiers/<int:pk>/photos            403  -     -    -      403  404   403  201
dossiers/<int:pk>/transmissions     403  -     -    -      403  404   403  202
dossiers/<int:pk>/winformex         403  -     -    -      403  404   403  409
orders                              403  200   200  200    403  -     403  -
orders/<int:pk>                     403  404   200  200    403  -     403  -
transmissions                       403  200   200  200    403  -     403  -
transmissions/<int:pk>              403  404   200  200    403  -     403  -
transmissions/<int:pk>/again        403  -     -    -      403  404   403  200
transmissions/<int:pk>/cancel       403  -     -    -      403  404   403  200
sync-runs                           403  200   200  200    403  -     -    -
sync-runs/<int:pk>                  403  404   200  200    403  -     -    -
set-aside                           403  200   200  200    403  -     -    -
options                             403  200   403  200    403  -     403  -
<path:rest>                         403  404   404  404    403  404   404  404
"""
WHO = ("none", "other", "read", "mine")
API = "api/v1/"


def table() -> dict[str, list[str]]:
    """What each token gets of each route: four words for GET, four for POST."""
    rows = [line.split() for line in TABLE.splitlines() if len(line.split()) == 9]
    return {API + route: words for route, *words in rows}


def deeds(world: World) -> dict[str, Any]:
    """What is posted where, so that whoever may do it has done it."""
    mission, quote, dossier = (f"{API}{kind}/<int:pk>/" for kind in ("missions", "quotes", "dossiers"))
    return {
        f"{mission}link": {"dossier": world.second.pk},
        f"{mission}move": {"dossier": world.second.pk},
        f"{mission}deny": {"reason": "Not ours"},
        f"{mission}take-back": {"decision": 1},
        f"{quote}take-back": {"decision": 1},
        f"{mission}take-offer": {"fact": "model"},
        f"{mission}keep-own": {"fact": "model"},
        f"{quote}accept": {"version": 1},
        f"{quote}deny": {"version": 1, "reason": "Not ours"},
        f"{API}dossiers": {"repairer": world.repairer.pk, "plate": "1-NEW-001"},
        f"{dossier}status": {"status": "ready"},
        f"{dossier}comments": {"text": "Done"},
        f"{dossier}photos": {"file": picture("green")},
        f"{dossier}transmissions": {"plate": MARK, "mileage": 90_000},
        f"{dossier}winformex": {"plate": MARK, "mileage": 90_000},
    }


@pytest.fixture
def world(active: None, repairer: Repairer, staff: User) -> World:
    cache.clear()
    return build(repairer, staff)


@pytest.fixture
def secrets(world: World, repairer: Repairer) -> dict[str, str]:
    mine = Integration.objects.get()
    nothing, read = secret_of(mine, "nothing"), secret_of(mine, "read")
    other = secret_of(IntegrationFactory(sites=[RepairerFactory().site]))
    return {"none": nothing, "other": other, "read": read, "mine": world.secret}


def test_every_url_of_the_api_stands_in_the_table() -> None:
    assert sorted(table()) == sorted(r for r in routes() if r.startswith(API) and r != API)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_gets_what(world: World, secrets: dict[str, str], who: str, method: str) -> None:
    place = WHO.index(who) + (4 if method == "post" else 0)
    expected = {route: words[place] for route, words in table().items()}
    ask(secrets[who], "get", f"{API}repairers", world)  # notes the use of the token
    before, changed, answers = held(ours()), set(), {}
    for route in expected:
        with undone():
            with written() as to:
                answers[route] = ask(secrets[who], method, route, world)
            changed |= {route} if changes(before, to) else set()
    assert {route: word(answer) for route, answer in answers.items()} == expected
    if who != "mine" or method == "get":
        assert changed == set()
    else:
        assert changed == {route for route, answer in answers.items() if answer.status_code < 300}
    if who in ("none", "other"):
        assert [route for route, answer in answers.items() if MARK in text_of(answer)] == []


@pytest.mark.parametrize("kind", ["dossiers", "orders"])
def test_changing_by_patch_goes_through_the_same_gate(
    world: World, secrets: dict[str, str], kind: str
) -> None:
    row, body = {
        "dossiers": (world.dossier, {"make": "Fiat"}),
        "orders": (world.line, {"state": "ordered"}),
    }[kind]
    path = f"/{API}{kind}/{row.pk}"
    got = {who: client(secret).patch(path, body, "application/json") for who, secret in secrets.items()}
    assert {who: answer.status_code for who, answer in got.items()} == dict(
        zip(WHO, (403, 404, 403, 200), strict=True)
    )


def test_only_the_helpdesks_scope_changes_the_options(world: World, secrets: dict[str, str]) -> None:
    path, body = f"/{API}options", {"INFORMEX_QUEING": "all"}
    got = {who: client(secret).patch(path, body, "application/json") for who, secret in secrets.items()}
    assert {who: answer.status_code for who, answer in got.items()} == dict(
        zip(WHO, (403, 200, 403, 200), strict=True)
    )


def test_before_activation_what_belongs_to_the_link_is_not_there(world: World) -> None:
    set_options(CLAIMS360_ENABLED=False)
    link = [route for route in routes() if route.startswith((f"{API}missions/", f"{API}sync-runs"))]
    link += [f"{API}repairers/<int:pk>/sync", f"{API}dossiers/<int:pk>/transmissions"]
    for method in ("get", "post"):
        assert {word(ask(world.secret, method, route, world)) for route in link} <= {"404", "-"}


def ask(secret: str, method: str, route: str, world: World) -> HttpResponse:
    if method == "get":
        return client(secret).get(address(route, world))
    body = deeds(world).get(route)
    kind = {} if route.endswith("/photos") else {"content_type": "application/json"}
    return client(secret).post(address(route, world), body, **kind)


def client(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def word(answer: HttpResponse) -> str:
    return "-" if answer.status_code == 405 else str(answer.status_code)
