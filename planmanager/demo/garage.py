"""What a garage does on its pages, told by URLs, form fields and states: the words are in its own language."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from xml.etree.ElementTree import Element

from planmanager.demo.browser import Browser, Page, WalkFailed, text_of
from planmanager.demo.data import PASSWORD
from planmanager.demo.interruption import pause
from planmanager.demo.processes import Demo

LOGIN, DOSSIERS = "/login/", "/dossiers/"
TAB, QUEUE = "/claims360/", "/claims360/queue/"
CHOOSE, CONFIGURE, REFRESH = "/claims360/repairer/", "/claims360/configure/", "/claims360/refresh/"
PATIENCE = 180.0  # seconds: that something is broken, never that this machine is slow
LOOK_AGAIN = 0.2  # seconds

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Frame:
    """The information frame: which run it shows the end of ("" while something moves), its dot, its words."""

    run: str
    dot: str
    words: str


def log_in(browser: Browser, login: str) -> None:
    """Log in with the demo's password. Raises WalkFailed."""
    page = browser.send(browser.open(LOGIN).form(LOGIN), {"username": login, "password": PASSWORD})
    if page.path == LOGIN:
        raise WalkFailed(f"expected {login} to be logged in, saw {LOGIN} again{page.errors}")


class Garage:
    """One of the staff in a browser, working for one repairer. Every step raises WalkFailed."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.browser = demo, Browser(demo.web_url)
        self.repairer = ""  # its id, once it is chosen

    def choose(self, name: str) -> Page:
        """Import for the repairer of that name; the page that follows."""
        form = self.browser.open(TAB).form(CHOOSE)
        self.repairer = form.choices("repairer").get(name, "")
        return self.browser.send(form, {"repairer": self.repairer})

    def refresh(self) -> None:
        """Rafraîchir, and look until the sync is over and well."""
        tab = self.browser.open(TAB)
        before = frame_of(tab).run
        self.browser.send(tab.form(REFRESH), {"repairer": self.repairer})
        after = self._until(
            "the end of a sync",
            lambda: frame_of(self.browser.open(TAB)),
            lambda frame: frame.run not in ("", before) and frame.dot != "info",  # its photos are there, too
        )
        if after.dot != "ok":
            raise WalkFailed(f"expected a sync without error, saw {after.words!r}")

    def queue(self) -> list[str]:
        """The ids of the missions that wait and can be accepted."""
        rows = self.browser.open(QUEUE).all("tr[@data-mission]")
        return [row.attrib["data-mission"] for row in rows if _accept_path(row)]

    def accept(self, mission_id: str) -> str:
        """Accept a mission of the queue; the path of the dossier that it is in then."""
        queue = self.browser.open(QUEUE)
        path = _accept_path(queue.one(_row(mission_id)))
        self.browser.send(queue.form(path))
        return self.dossier_of(mission_id)

    def dossier_of(self, mission_id: str) -> str:
        """The path of the dossier that the tab shows a mission in."""
        row = self.browser.open(TAB).one(_row(mission_id))
        paths = [link.get("href", "").partition("#")[0] for link in row.iter("a")]
        found = [path for path in paths if path.startswith(DOSSIERS)]
        if not found:
            raise WalkFailed(f"mission {mission_id}: expected a dossier, saw {text_of(row)!r}")
        return found[0]

    def dossier_with(self, plate: str) -> str:
        """The path of the dossier of that plate in the list of dossiers."""
        rows = self.browser.open(DOSSIERS).all("tr")
        found = [row for row in rows if plate in (text_of(span) for span in row.iter("span"))]
        if len(found) != 1:
            raise WalkFailed(f"{DOSSIERS}: expected one dossier with plate {plate}, saw {len(found)}")
        return next(link.attrib["href"] for link in found[0].iter("a"))

    def versions(self, dossier: str) -> list[str]:
        """The versions of quotes that a dossier shows: ["v2", "v1", …]."""
        section = self.browser.open(dossier).one("section[@id='quotes']")
        return [text_of(summary).split()[0] for summary in section.iter("summary")]

    def add_photos(self, dossier: str, jpegs: Mapping[str, bytes]) -> None:
        """Add photos, by their file names, to a dossier."""
        form = self.browser.open(dossier).form(f"{dossier}photos/")
        files = [("photos", (name, content, "image/jpeg")) for name, content in jpegs.items()]
        self.browser.send(form, files=files)

    def send(self, dossier: str, mileage: int, photos: int) -> None:
        """The "i": send the mileage (km) and the first so many photos, and look until they have arrived."""
        links = self.browser.open(dossier).links(f"{TAB}dossiers/")
        if not links:
            raise WalkFailed(f'{dossier}: expected its "i", saw none')
        form = self.browser.open(links[0]).form(links[0])
        chosen = list(form.choices("photos").values())[:photos]
        if len(chosen) < photos:
            raise WalkFailed(f"{links[0]}: expected {photos} photos to choose, saw {len(chosen)}")
        self.browser.send(form, {"mileage": f"{mileage}", "photos": chosen})
        states = self._until(
            "the end of the transmission",
            lambda: self._transmissions(dossier),
            lambda seen: "wait" not in seen,
        )
        if set(states) != {"ok"}:
            raise WalkFailed(f"{dossier}: expected the transmission to arrive, saw {states}")

    def _transmissions(self, dossier: str) -> list[str]:
        """The state of each transmission of a dossier, as the kind of its chip: wait, ok, bad or off."""
        section = self.browser.open(dossier).one("section[@id='transmissions']")
        return [kind for span in section.iter("span") if (kind := _kind(span, "chip "))]

    def _until(self, expected: str, look: Callable[[], Seen], fits: Callable[[Seen], bool]) -> Seen:
        """Look again and again; what was seen once it fits. Raises WalkFailed after PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        while not fits(seen := look()):
            if gone := self.demo.ended():
                raise WalkFailed(f"expected {expected}, but {gone}")
            if time.monotonic() > deadline:
                raise WalkFailed(f"expected {expected} within {PATIENCE:.0f} s, saw {seen}")
            pause(LOOK_AGAIN)
        return seen


def frame_of(tab: Page) -> Frame:
    """The information frame of the tab, as it tells of the repairer to import for."""
    frame, sync = tab.one("*[@id='frame']"), tab.one("*[@class='frame-sync']")
    dots = [kind for span in sync.iter("span") if (kind := _kind(span, "dot is-"))]
    return Frame(json.loads(frame.attrib["hx-vals"])["seen"], "".join(dots), text_of(sync))


def _kind(span: Element, classes: str) -> str:
    """What follows `classes` in the class of a dot or a chip, "" for another span."""
    found = span.get("class", "")
    return found.removeprefix(classes) if found.startswith(classes) else ""


def _row(mission_id: str) -> str:
    return f"tr[@data-mission='{mission_id}']"


def _accept_path(row: Element) -> str:
    """Where the row's main action posts to, "" where it is not "accept"."""
    paths = [form.get("action", "") for form in row.iter("form")]
    return next((path for path in paths if path.endswith("/accept/")), "")
