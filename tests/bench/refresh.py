"""From the click on Rafraîchir until ten new missions stand in the browser, and where the time goes."""

import multiprocessing
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, fields

from playwright.sync_api import Page, sync_playwright

from claims360_link.sandbox.server import Sandbox, running_sandbox
from tests.bench.growth import series
from tests.bench.place import embedded, on_servers, workers
from tests.bench.report import Bounded, Cell, Table
from tests.processes import free_port, listens, until
from tests.run import WHOLE
from tests.stack.composed import ROOT

TITLE = "Refresh"
CLICKS, SIZES, MISSIONS = 7, (1, 10, 100), 10  # new missions of a click
STACKS = {
    "embedded": (embedded, 300),
    "PostgreSQL and Redis": (on_servers, 100),
}  # ms of waiting that are allowed
SHOP = "475869429"
QUIET = {"LOG_LEVEL": "WARNING", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}  # the browser has a loop of its own
CLICK = """() => {
    document.addEventListener("list-changed", () => { window.noticed = performance.now(); }, { once: true });
    performance.clearResourceTimings();
    window.clicked = performance.now();
    [...document.querySelectorAll("button")].find(button => button.textContent.includes("Rafraîchir")).click();
}"""
# Once the list shows `number`: when the click was, was answered, the page asked for the frame that told, and now.
DRAWN = """number => new Promise(done => {
    const look = () => {
        if (!document.getElementById("list").textContent.includes(number)) return requestAnimationFrame(look);
        const asked = performance.getEntriesByType("resource").filter(one => one.initiatorType === "xmlhttprequest");
        const told = asked.filter(one => one.startTime < window.noticed).at(-1);
        const now = performance.now();
        const times = [window.clicked, asked[0].responseEnd, told.startTime, now];
        done(times.map(time => Date.now() - now + time)); // by the clock of the machine, as the database has it
    };
    look();
})"""


@dataclass(frozen=True)
class Refresh:
    """Milliseconds until the click was answered, a worker began, its run ended, the page asked, all was drawn."""

    answered: float
    picked_up: float
    run: float
    asked: float
    drawn: float

    @property
    def waiting(self) -> float:
        return self.picked_up + self.asked


def run() -> list[Table]:
    """Each stack in a process of its own, for a process has one database."""
    measured = {}
    for stack in STACKS:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            measured[stack] = process.submit(_measured, stack).result()
    columns = [
        "",
        "click to drawn",
        "answered",
        "a worker begins",
        "its run",
        "the page asks",
        "drawn",
        "of it waiting",
    ]
    note = (
        "Waiting is until a worker begins and until the page asks after the run has ended; the rest is work."
    )
    rows = [_row(stack, clicks[MISSIONS]) for stack, clicks in measured.items()]
    grown = {stack: [_whole(clicks[size]) for size in SIZES] for stack, clicks in measured.items()}
    return [
        Table(f"{MISSIONS} new missions: ms, median of {CLICKS} clicks", columns, rows, [note]),
        series("Growth: click to drawn, ms", "missions", SIZES, grown, dict.fromkeys(grown, 1.0)),
    ]


def _whole(clicks: list[Refresh]) -> float:
    return statistics.median(sum(astuple(one)) for one in clicks)


def _row(stack: str, clicks: list[Refresh]) -> list[Cell]:
    names = [field.name for field in fields(Refresh)]
    parts = [statistics.median(getattr(one, name) for one in clicks) for name in names]
    waiting = statistics.median(one.waiting for one in clicks)
    return [stack, _whole(clicks), *parts, Bounded(waiting, at_most=STACKS[stack][1])]


def _measured(stack: str) -> dict[int, list[Refresh]]:
    with ExitStack() as running:
        sandbox = running.enter_context(running_sandbox(seed=1, missions=0))
        running.enter_context(STACKS[stack][0](CLAIMS360_API_URL=sandbox.api_url, **QUIET))
        running.enter_context(workers(1, processes=2))
        url = running.enter_context(_web_server())
        page = running.enter_context(_page(url, _settled(sandbox)))
        _refreshed(page, sandbox, 1)  # waits for what begins
        return {size: [_refreshed(page, sandbox, size) for _ in range(CLICKS)] for size in SIZES}


def _refreshed(page: Page, sandbox: Sandbox, missions: int) -> Refresh:
    from claims360_link.models import SyncRun

    made = [sandbox.store.create_mission(quotes=1)["number"] for _ in range(missions)]
    page.goto("/claims360/")
    page.evaluate(CLICK)
    clicked, answered, asked, drawn = page.evaluate(DRAWN, made[-1])
    done = SyncRun.objects.latest("pk")
    began, ended = (1000 * at.timestamp() for at in (done.started_at, done.ended_at) if at is not None)
    return Refresh(
        answered - clicked,
        max(began - answered, 0),
        max(ended - max(began, answered), 0),  # it may be over before the click is answered
        max(asked - max(ended, answered), 0),
        drawn - max(asked, ended, answered),
    )


def _settled(sandbox: Sandbox) -> str:
    """One repairer, linked, and somebody of its site; gives the cookie of their session."""
    from django.conf import settings
    from django.test import Client

    from claims360_link import credentials
    from repairers.models import Repairer, Site, User
    from tests.link.world import set_options

    set_options(CLAIMS360_ENABLED=True)
    repairer = Repairer.objects.create(name="Carrosserie Demo", site=Site.objects.create(name="Namur"))
    keys = sandbox.store.keys(SHOP)
    credentials.configure(repairer.pk, SHOP, keys["bodyshop"], keys["planmanager"], None)
    user = User.objects.create_user("namur", language="fr")
    user.sites.add(repairer.site)
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def _web_server() -> Iterator[str]:
    """The pages, as the compose file serves them; gives their address."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    port = free_port()
    url = f"127.0.0.1:{port}"
    command = [
        "gunicorn",
        "planmanager.wsgi",
        f"--bind={url}",
        "--workers=2",
        "--threads=4",
        "--log-level=warning",
    ]
    server = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT)
    try:
        until(lambda: listens(port), "the web server answers")
        yield f"http://{url}"
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def _page(url: str, session: str) -> Iterator[Page]:
    from django.conf import settings

    path = next(filter(None, map(shutil.which, WHOLE)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
        yield context.new_page()
        browser.close()
