"""One of the staff on a busy day: the tab, the queue, a dossier, its "i"; and how long each page let them wait."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from planmanager.demo.browser import TIMEOUT, Browser, Page
from planmanager.demo.garage import CHOOSE, DOSSIERS, QUEUE, REFRESH, TAB, log_in
from planmanager.demo.sandbox import Sandbox
from tests.dossiers import pictures

NUMBER = re.compile(r"(?<=/)\d+(?=/)")  # of a row, in a path
Waits = dict[str, list[float]]  # seconds, by page


class Clerk:
    """Works at `browser`; every mileage is told once. What does not go well raises WalkFailed.

    `claims360`: what happens there, by the id of the repairer that it happens to.
    """

    def __init__(
        self, browser: Browser, claims360: Mapping[str, Sandbox], login: str, mileages: Iterator[int]
    ) -> None:
        self.browser, self.claims360 = browser, claims360
        self.login, self.mileages = login, mileages
        self.waits: Waits = defaultdict(list)
        self.told: list[int] = []  # km, one a click of the "i", and one photo with each
        browser.session.hooks["response"].append(self._note)

    def log_in(self) -> None:
        log_in(self.browser, self.login)

    def day(self, turns: int) -> None:
        for turn in range(turns):
            self._look_after(turn)
            self._accept()
            self._send(turn)

    def _look_after(self, turn: int) -> None:
        """Another repairer's turn: something new in Claims360, Rafraîchir, and the frame shows how it goes."""
        choice = self.browser.open(TAB).form(CHOOSE)
        ids = [value for value in choice.choices("repairer").values() if value]
        chosen = ids[turn % len(ids)]
        tab = self.browser.send(choice, {"repairer": chosen})
        self._new_mission(self.claims360[chosen])
        self.browser.send(tab.form(REFRESH), {"repairer": chosen})
        fragment = {"HX-Request": "true", "HX-Target": "frame"}
        shown = self.browser.session.get(
            f"{self.browser.url}{TAB}", headers=fragment, timeout=self.browser.timeout
        )
        shown.raise_for_status()

    def _accept(self) -> None:
        queue = self.browser.open(QUEUE)
        forms = [form.get("action", "") for form in queue.all("form")]
        waiting = [path for path in forms if path.endswith("/accept/")]
        if waiting:
            self.browser.send(queue.form(waiting[0]))

    def _send(self, turn: int) -> None:
        """A new photo into one of the dossiers, and the "i" with it."""
        dossiers = [path for path in self.browser.open(DOSSIERS).links(DOSSIERS) if NUMBER.search(path)]
        path = dossiers[turn % len(dossiers)]
        mileage = next(self.mileages)
        self._add_photo(self.browser.open(path), mileage)
        link = self.browser.open(path).links(f"{TAB}dossiers/")[0]
        form = self.browser.open(link).form(link)
        newest = max(form.choices("photos").values(), key=int)
        self.browser.send(form, {"mileage": f"{mileage}", "photos": newest})
        self.told.append(mileage)

    def _add_photo(self, dossier: Page, number: int) -> None:
        photo = pictures.jpeg(size=(800, 600), comment=f"{number}".encode())
        files = [("photos", (f"IMG_{number}.jpg", photo, "image/jpeg"))]
        self.browser.send(dossier.form(f"{dossier.path}photos/"), files=files)

    def _new_mission(self, sandbox: Sandbox) -> None:
        mission = {"bodyshop": sandbox.bodyshop_id, "photos": 1}
        sandbox.session.post(
            f"{sandbox.url}/_control/missions", json=mission, timeout=TIMEOUT
        ).raise_for_status()

    def _note(self, answer: requests.Response, **_more: Any) -> None:
        asked = answer.request
        page = NUMBER.sub("…", asked.path_url.partition("?")[0])
        self.waits[f"{asked.method} {page}"].append(answer.elapsed.total_seconds())
