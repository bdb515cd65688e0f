"""Every URL, asked by everybody: who gets what, in one table; what is another's is not there."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client

from repairers.models import Repairer, User
from tests import figures
from tests.dossiers.factories import RepairerFactory, StaffFactory
from tests.link.world import set_options
from tests.security.addresses import address, routes
from tests.security.changes import changes, held, ours, undone, written
from tests.security.world import MARK, World, build, picture

# A word an answer: its status, or "login" where it leads to a login page. A hyphen is 405: not this method.
# Another's staff is logged in, and belongs to another site than the rows that are asked for.
# The API knows tokens and no logins: tests/security/test_api_who_sees_what.py has its table.
PAGES = """
                                                                GET                        POST
                                                                nobody other staff desk    nobody other staff desk
/                                                               login  302   302   302     login  302   302   302
login/                                                          200    302   302   302     200    302   302   302
oidc/begin/                                                     404    404   404   404     404    404   404   404
oidc/callback/                                                  404    404   404   404     404    404   404   404
second-factor/                                                  login  302   302   302     login  302   302   302
password/                                                       login  200   200   200     login  200   200   200
preferences/                                                    login  200   200   200     login  422   422   422
logout/                                                         login  -     -     -       login  login login login
language/                                                       -      -     -     -       302    302   302   302
healthz                                                         200    200   200   200     -      -     -     -
readyz                                                          200    200   200   200     -      -     -     -
metrics                                                         200    200   200   200     -      -     -     -
aide/                                                           login  200   200   200     login  200   200   200
aide/<slug:slug>/                                               login  200   200   200     login  200   200   200
communication/                                                  login  200   200   200     login  -     -     -
communication/badges/                                           login  200   200   200     login  -     -     -
communication/read/                                             login  -     -     -       login  302   302   302
communication/<int:pk>/                                         login  -     -     -       login  404   302   302

claims360/                                                      login  200   200   200     login  -     -     -
claims360/queue/                                                login  302   302   302     login  -     -     -
claims360/keys/                                                 login  200   200   200     login  -     -     -
claims360/many/accept/                                          login  -     -     -       login  302   302   302
claims360/many/deny/                                            login  -     -     -       login  302   302   302
claims360/repairers/                                            login  200   200   200     login  -     -     -
claims360/repairers/report/                                     login  200   200   200     login  -     -     -
claims360/repairers/<int:pk>/                                   login  404   200   200     login  -     -     -
claims360/repairers/<int:pk>/report/                            login  404   200   200     login  -     -     -
claims360/repairer/                                             login  -     -     -       login  404   302   302
claims360/refresh/                                              login  -     -     -       login  404   302   302
claims360/configure/                                            login  404   200   200     login  404   200   200
claims360/where/                                                login  200   200   200     login  -     -     -
claims360/missions/<int:pk>/ask/                                login  404   302   302     login  404   302   302
claims360/set-aside/<int:pk>/ask/                               login  404   302   302     login  404   302   302
claims360/history/                                              login  200   200   200     login  -     -     -
claims360/history/export/                                       login  -     -     -       login  200   200   200
claims360/missions/export/                                      login  -     -     -       login  200   200   200
claims360/quotes/export/                                        login  -     -     -       login  200   200   200
claims360/set-aside/export/                                     login  -     -     -       login  200   200   200
claims360/missions/by-number/<path:number>                      login  404   302   302     login  -     -     -
claims360/missions/by-id/<str:external_id>                      login  404   302   302     login  -     -     -
claims360/missions/<int:pk>/                                    login  404   200   200     login  -     -     -
claims360/missions/<int:pk>/accept/                             login  -     -     -       login  404   302   302
claims360/missions/<int:pk>/new-dossier/                        login  -     -     -       login  404   302   302
claims360/missions/<int:pk>/link/                               login  404   200   200     login  404   302   302
claims360/missions/<int:pk>/deny/                               login  404   200   200     login  404   302   302
claims360/missions/<int:pk>/reconsider/                         login  -     -     -       login  404   302   302
claims360/quotes/<int:pk>/accept/                               login  -     -     -       login  404   302   302
claims360/quotes/<int:pk>/deny/                                 login  404   200   200     login  404   302   302
claims360/dossiers/<int:dossier_pk>/send/                       login  404   200   200     login  404   302   302

dossiers/                                                       login  200   200   200     login  -     -     -
dossiers/export/                                                login  -     -     -       login  200   200   200
dossiers/new/                                                   login  200   200   200     login  422   302   302
dossiers/photos/<int:photo_pk>/                                 login  404   200   200     login  -     -     -
dossiers/photos/<int:photo_pk>/category/                        login  -     -     -       login  404   302   302
dossiers/photos/<int:photo_pk>/thumb                            login  404   200   200     login  -     -     -
dossiers/photos/<int:photo_pk>/large                            login  404   200   200     login  -     -     -
dossiers/<int:pk>/                                              login  404   200   200     login  -     -     -
dossiers/<int:pk>/edit/                                         login  404   200   200     login  404   302   302
dossiers/<int:pk>/status/                                       login  -     -     -       login  404   302   302
dossiers/<int:pk>/comments/                                     login  -     -     -       login  404   302   302
dossiers/<int:pk>/photos/                                       login  -     -     -       login  404   302   302
dossiers/<int:pk>/winformex/                                    login  404   410   410     login  404   410   410
dossiers/<int:pk>/missions/<int:mission_pk>/undo/               login  404   200   200     login  404   302   302
dossiers/<int:pk>/missions/<int:mission_pk>/move/               login  404   200   200     login  404   302   302
dossiers/<int:pk>/missions/<int:mission_pk>/offers/<slug:fact>/ login  -     -     -       login  404   302   302
dossiers/<int:pk>/quotes/<int:quote_pk>/accept/                 login  -     -     -       login  404   302   302
dossiers/<int:pk>/quotes/<int:quote_pk>/deny/                   login  404   200   200     login  404   302   302
dossiers/<int:pk>/quotes/<int:quote_pk>/compare/                login  404   200   200     login  -     -     -
dossiers/<int:pk>/transmissions/<int:transmission_pk>/again/    login  -     -     -       login  404   302   302
dossiers/<int:pk>/transmissions/<int:transmission_pk>/cancel/   login  -     -     -       login  404   302   302
decisions/undo/                                                 login  -     -     -       login  302   302   302
commandes/                                                      login  200   200   200     login  302   302   302

winformex/                                                      login  404   404   404     login  -     -     -
winformex/missions/<int:pk>/                                    login  -     -     -       login  404   404   404
winformex/v2/documents                                          401    401   401   401     401    401   401   401
api/v1/                                                         login  200   200   200     login  -     -     -
api/v1/openapi.json                                             401    200   200   200     401    -     -     -
api/v1/repairers                                                401    401   401   401     401    401   401   401
api/v1/repairers/<int:pk>                                       401    401   401   401     401    401   401   401
api/v1/repairers/<int:pk>/sync                                  401    401   401   401     401    401   401   401
api/v1/missions                                                 401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>                                        401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/accept                                 401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/new-dossier                            401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/link                                   401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/move                                   401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/deny                                   401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/reconsider                             401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/undo                                   401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/take-back                              401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/take-offer                             401    401   401   401     401    401   401   401
api/v1/missions/<int:pk>/keep-own                               401    401   401   401     401    401   401   401
api/v1/quotes                                                   401    401   401   401     401    401   401   401
api/v1/quotes/<int:pk>                                          401    401   401   401     401    401   401   401
api/v1/quotes/<int:pk>/accept                                   401    401   401   401     401    401   401   401
api/v1/quotes/<int:pk>/deny                                     401    401   401   401     401    401   401   401
api/v1/quotes/<int:pk>/take-back                                401    401   401   401     401    401   401   401
api/v1/photos                                                   401    401   401   401     401    401   401   401
api/v1/photos/<int:pk>                                          401    401   401   401     401    401   401   401
api/v1/photos/<int:pk>/thumb                                    401    401   401   401     401    401   401   401
api/v1/photos/<int:pk>/large                                    401    401   401   401     401    401   401   401
api/v1/dossiers                                                 401    401   401   401     401    401   401   401
api/v1/dossiers/<int:pk>                                        401    401   401   401     401    401   401   401
api/v1/dossiers/<int:pk>/status                                 401    401   401   401     401    401   401   401
api/v1/dossiers/<int:pk>/comments                               401    401   401   401     401    401   401   401
api/v1/dossiers/<int:pk>/photos                                 401    401   401   401     401    401   401   401
api/v1/dossiers/<int:pk>/transmissions                          401    401   401   401     401    401   401   401
api/v1/dossiers/<int:pk>/winformex                              401    401   401   401     401    401   401   401
api/v1/orders                                                   401    401   401   401     401    401   401   401
api/v1/orders/<int:pk>                                          401    401   401   401     401    401   401   401
api/v1/transmissions                                            401    401   401   401     401    401   401   401
api/v1/transmissions/<int:pk>                                   401    401   401   401     401    401   401   401
api/v1/transmissions/<int:pk>/again                             401    401   401   401     401    401   401   401
api/v1/transmissions/<int:pk>/cancel                            401    401   401   401     401    401   401   401
api/v1/sync-runs                                                401    401   401   401     401    401   401   401
api/v1/sync-runs/<int:pk>                                       401    401   401   401     401    401   401   401
api/v1/set-aside                                                401    401   401   401     401    401   401   401
api/v1/options                                                  401    401   401   401     401    401   401   401
api/v1/<path:rest>                                              401    401   401   401     401    401   401   401

admin/                                                          login  login login 200     login  login login 200
admin/login/                                                    200    200   200   302     200    200   200   200
admin/logout/                                                   login  302   302   -       login  302   302   login
admin/password_change/                                          login  login login 200     login  login login 200
admin/password_change/done/                                     login  login login 200     login  login login -
admin/autocomplete/                                             login  login login 403     login  login login -
admin/jsi18n/                                                   login  login login 200     login  login login -
admin/r/<path:content_type_id>/<path:object_id>/                login  login login 404     login  login login 404
admin/constance/config/                                         login  login login 200     login  login login 200
admin/constance/config/<path:object_id>/change/                 login  login login 302     login  login login 302
admin/constance/config/history/                                 login  login login 302     login  login login 302
admin/claims360_link/configuration/<int:pk>/reset/              login  login login 200     login  login login 200
admin/repairers/user/<id>/password/                             login  login login 200     login  login login 200
admin/<app_label>/                                              login  login login 200     login  login login 200
admin/<url>                                                      login  login login 404     login  login login 404
"""
# The rows in admin, for the helpdesk; everybody else is led to the login.
ADMIN = """
                                     GET                           POST
                                     list add delete change        list add delete change
dossiers/optionchange                200  403 403    200           200  403 403    403
dossiers/transmission                200  403 403    200           200  403 403    403
dossiers/mission                     200  403 403    200           200  403 403    403
dossiers/dossier                     200  403 403    200           200  403 403    403
dossiers/event                       200  403 403    200           200  403 403    403
dossiers/denyreason                  200  200 200    200           200  200 302    200
dossiers/setaside                    200  403 403    200           200  403 403    403
claims360_link/configuration         200  403 403    200           200  403 403    403
claims360_link/configurationreset    200  403 403    200           200  403 403    403
claims360_link/syncrun               200  403 403    200           200  403 403    403
claims360_link/inquiry               200  403 403    200           200  403 403    403
claims360_link/syncstate             200  403 403    200           200  403 403    403
claims360_link/unknown               200  403 403    200           200  403 403    403
dossiers/winformextoken              200  200 403    200           200  200 403    403
repairers/user                       200  200 403    200           200  200 403    200
repairers/site                       200  200 200    200           200  200 200    200
repairers/repairer                   200  200 403    200           200  200 403    200
repairers/integration                200  200 403    200           200  200 403    200
repairers/apitoken                   200  200 403    200           200  200 403    403
repairers/secondfactor               200  403 200    200           200  403 302    403
repairers/failedlogin                200  403 200    200           200  403 302    403
"""
PLACES = ("", "add/", "<path:object_id>/delete/", "<path:object_id>/change/")
EVERYBODY = ("nobody", "other", "staff", "desk")
Answers = dict[str, list[str]]


def table() -> Answers:
    """What everybody gets of each route: four words for GET, four for POST."""
    rows = [line.split() for line in PAGES.splitlines() if len(line.split()) == 9]
    return {route.removeprefix("/"): words for route, *words in rows} | dict(_of_admin())


def _of_admin() -> Iterator[tuple[str, list[str]]]:
    for model, *words in (line.split() for line in ADMIN.splitlines() if "/" in line):
        for place, got, posted in zip(PLACES, words[:4], words[4:], strict=True):
            yield f"admin/{model}/{place}", _for_the_desk(got, posted)
        yield f"admin/{model}/<path:object_id>/history/", _for_the_desk("200", "200")
        yield f"admin/{model}/<path:object_id>/", _for_the_desk("302", "302")


def _for_the_desk(got: str, posted: str) -> list[str]:
    return ["login", "login", "login", got, "login", "login", "login", posted]


def deeds(world: World) -> dict[str, dict[str, Any]]:
    """What is posted where, so that whoever may do it has done it."""
    mission, quote = "dossiers/<int:pk>/missions/<int:mission_pk>", "quotes/<int:quote_pk>"
    return {
        "claims360/refresh/": {"repairer": world.repairer.pk},
        "claims360/missions/<int:pk>/accept/": {},
        "claims360/missions/<int:pk>/new-dossier/": {},
        "claims360/missions/<int:pk>/link/": {"dossier": world.second.pk},
        "claims360/missions/<int:pk>/deny/": {"reason": "Not ours"},
        "claims360/many/accept/": {"row": [f"m{world.waiting.pk}", f"q{world.quote.pk}.1"]},
        "claims360/many/deny/": {"row": f"m{world.waiting.pk}", "reason": "Not ours", "confirmed": 1},
        "claims360/missions/<int:pk>/ask/": {},
        "claims360/set-aside/<int:pk>/ask/": {},
        "claims360/missions/<int:pk>/reconsider/": {},
        "claims360/quotes/<int:pk>/accept/": {"version": 1},
        "claims360/quotes/<int:pk>/deny/": {"version": 1, "reason": "Not ours"},
        "claims360/dossiers/<int:dossier_pk>/send/": {"plate": MARK, "mileage": 90_000},
        "dossiers/new/": {"repairer": world.repairer.pk, "plate": "1-NEW-001"},
        "dossiers/<int:pk>/edit/": {"plate": "1-NEW-001"},
        "dossiers/<int:pk>/status/": {"status": "ready"},
        "dossiers/<int:pk>/comments/": {"text": "Done"},
        "dossiers/<int:pk>/photos/": {"photos": picture("green")},
        f"{mission}/undo/": {},
        f"{mission}/move/": {"dossier": world.second.pk},
        f"{mission}/offers/<slug:fact>/": {"answer": "take", "value": f"{MARK} GT"},
        f"dossiers/<int:pk>/{quote}/accept/": {"version": 1},
        f"dossiers/<int:pk>/{quote}/deny/": {"version": 1, "reason": "Not ours"},
        "claims360/history/export/": {"form": "csv"},
        "claims360/missions/export/": {"form": "csv"},
        "claims360/quotes/export/": {"form": "csv"},
        "claims360/set-aside/export/": {"form": "csv"},
        "dossiers/export/": {"form": "csv"},
        "dossiers/<int:pk>/transmissions/<int:transmission_pk>/again/": {},
        "dossiers/<int:pk>/transmissions/<int:transmission_pk>/cancel/": {},
        "commandes/": {"line": world.line.pk, "state": "ordered"},
    }


@pytest.fixture
def world(active: None, repairer: Repairer, staff: User) -> World:
    return build(repairer, staff)


@pytest.fixture
def everybody(world: World, helpdesk: User) -> dict[str, User | None]:
    other = StaffFactory(sites=[RepairerFactory().site])
    return dict(zip(EVERYBODY, (None, other, world.staff, helpdesk), strict=True))


def test_every_url_stands_in_the_table() -> None:
    assert sorted(table()) == sorted(routes())


@pytest.mark.parametrize("who", EVERYBODY)
def test_get(world: World, everybody: dict[str, User | None], who: str) -> None:
    expected = {route: words[EVERYBODY.index(who)] for route, words in table().items()}
    answers, changed = asked(get, world, everybody[who])
    assert {route: word(answer) for route, answer in answers.items()} == expected
    assert changed == set(), "looking changes nothing"
    if who in ("nobody", "other"):
        assert [route for route, answer in answers.items() if MARK in text_of(answer)] == []


@pytest.mark.parametrize("who", EVERYBODY)
def test_post(world: World, everybody: dict[str, User | None], who: str) -> None:
    expected = {route: words[4 + EVERYBODY.index(who)] for route, words in table().items()}
    answers, changed = asked(post, world, everybody[who])
    assert {route: word(answer) for route, answer in answers.items()} == expected
    if who in ("nobody", "other"):
        assert changed == set()
        assert [route for route, answer in answers.items() if MARK in text_of(answer)] == []
    else:
        assert changed >= set(deeds(world))


def test_a_fragment_shows_no_more_than_its_page(world: World, everybody: dict[str, User | None]) -> None:
    """What htmx asks for alone goes through the same gate."""
    targets = {"claims360/": ("list", "frame"), "dossiers/": ("list",), "commandes/": ("list",)}
    targets |= {"dossiers/<int:pk>/": ("photos", "photo-grid", "transmissions")}
    for route, names in targets.items():
        for name in names:
            headers = {"HX-Request": "true", "HX-Target": name}
            hers = text_of(get(route, world, browser_of(everybody["staff"]), headers=headers))
            assert MARK in hers or name in ("frame", "transmissions"), (route, name)
            assert MARK not in text_of(get(route, world, browser_of(everybody["other"]), headers=headers))


def test_before_activation_the_tab_is_not_there(world: World, everybody: dict[str, User | None]) -> None:
    set_options(CLAIMS360_ENABLED=False)
    mine = [route for route in routes() if route.startswith("claims360/")]
    for who in ("staff", "desk"):
        for ask in (get, post):
            assert {word(ask(route, world, browser_of(everybody[who]))) for route in mine} <= {"404", "-"}


def test_nothing_is_posted_from_another_site(world: World, everybody: dict[str, User | None]) -> None:
    """Without the page's own token every POST is refused, before its view; to a program a cookie says nothing."""
    programs = {route: 401 for route in routes() if route.startswith(("winformex/v2/", "api/v1/"))}
    del programs["api/v1/"]  # a page
    for user in everybody.values():
        browser = Client(enforce_csrf_checks=True)
        if user:
            browser.force_login(user)
        answers = {route: browser.post(address(route, world)).status_code for route in routes()}
        programs["api/v1/openapi.json"] = 403 if user else 401  # for programs and for who is logged in
        assert answers == {route: programs.get(route, 403) for route in routes()}


@pytest.mark.parametrize("place", ["files", "media", "static", "var/files", "static/../files"])
def test_no_url_leads_into_the_folder_of_files(client: Client, helpdesk: User, place: str) -> None:
    """Photos are shown through their row; the folder that they lie in has no address."""
    name = default_storage.save("contents/a.txt", ContentFile(b"of a photo"))
    client.force_login(helpdesk)
    assert client.get(f"/{place}/{name}").status_code == 404


def asked(
    ask: Callable[..., HttpResponse], world: World, user: User | None
) -> tuple[dict[str, HttpResponse], set[str]]:
    """The answer of every route, and the routes by which rows changed; each from the same beginning."""
    answers, changed = {}, set()
    visitor = browser_of(user)
    before = held(ours())
    for route in routes():
        with undone():
            with written() as to:
                answers[route] = ask(route, world, copy(visitor))
            if changes(before, to):
                changed.add(route)
    figures.count("URLs asked, by role and method", len(answers))
    return answers, changed


def get(route: str, world: World, visitor: Client, **more: Any) -> HttpResponse:
    query = {"repairer": world.repairer.pk} if route == "claims360/configure/" else {}
    return visitor.get(address(route, world), query, **more)


def post(route: str, world: World, visitor: Client) -> HttpResponse:
    body = deeds(world).get(route, {"repairer": world.repairer.pk})
    return visitor.post(address(route, world), body)


def browser_of(user: User | None) -> Client:
    browser = Client()
    if user:
        browser.force_login(user)
    return browser


def copy(visitor: Client) -> Client:
    """The same visitor, who has asked for nothing since the login."""
    browser = Client()
    browser.cookies = deepcopy(visitor.cookies)
    return browser


def word(answer: HttpResponse) -> str:
    if answer.status_code == 302 and answer.url.split("?")[0].endswith("login/"):
        return "login"
    return "-" if answer.status_code == 405 else str(answer.status_code)


def text_of(answer: HttpResponse) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")
