"""A sandbox a test, and a garage that asks it over real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from claims360_link.sandbox.server import Sandbox, running_sandbox
from claims360_link.sandbox.store import DEMO
from tests.processes import PATIENCE


@dataclass
class Garage:
    """Asks as a body shop does, with the key that each request needs."""

    sandbox: Sandbox
    bodyshop_id: str = DEMO

    def ask(self, method: str, path: str, *, scope: str | None = None, **more: Any) -> requests.Response:
        scope = scope or ("planmanager" if method == "GET" else "bodyshop")
        key = self.sandbox.store.keys(self.bodyshop_id)[scope]
        headers = {"X-Api-Key": key, "X-Bodyshop-Id": self.bodyshop_id, **more.pop("headers", {})}
        url = self.sandbox.api_url + path
        return requests.request(method, url, headers=headers, timeout=PATIENCE, allow_redirects=False, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.ask("GET", path, **more)

    def page(self, **params: Any) -> dict[str, Any]:
        return self.get("/changes", params=params).json()

    def feed(self, limit: int = 50) -> list[dict[str, Any]]:
        """All changes, page by page."""
        page = self.page(limit=limit)
        items = page["items"]
        while page["has_more"]:
            page = self.page(limit=limit, cursor=page["next_cursor"])
            items += page["items"]
        return items

    def send(self, method: str, path: str, key: str = "key-00000001", **more: Any) -> requests.Response:
        return self.ask(method, path, headers={"Idempotency-Key": key}, **more)

    def return_vehicle(self, mission_id: str, key: str = "key-00000001", **body: Any) -> requests.Response:
        return self.send(
            "PUT", f"/missions/{mission_id}/vehicle", key, json={"plate": "1-ABC-234", "mileage": 7, **body}
        )

    def open_file(self, key: str = "key-00000001", **body: Any) -> requests.Response:
        return self.send("POST", "/missions", key, json={"plate": "1-ABC-234", "mileage": 7, **body})

    def return_photo(self, mission_id: str, content: bytes, key: str = "key-00000001") -> requests.Response:
        return self.send("POST", f"/missions/{mission_id}/photos", key, files={"file": ("a.jpg", content)})


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def garage(sandbox: Sandbox) -> Garage:
    return Garage(sandbox)


def summary(items: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(item["entity"], item["op"], item["version"]) for item in items]
