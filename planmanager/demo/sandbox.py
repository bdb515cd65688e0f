"""What the walk asks of the sandbox: what happens in Claims360, what it holds, what it received."""

from typing import Any

import requests

from planmanager.demo.browser import TIMEOUT, WalkFailed

Received = dict[str, list[tuple[str, dict[str, Any]]]]
OF_THE_ENVELOPE = {"bodyshop_id", "mission_id", "key", "received_at", "requests"}


class Sandbox:
    """The control API of the sandbox at `url`, for one body shop. Every call raises WalkFailed."""

    def __init__(self, url: str, bodyshop_id: str) -> None:
        self.url, self.bodyshop_id = url, bodyshop_id
        self.session = requests.Session()
        self.session.trust_env = False

    def keys(self) -> dict[str, str]:
        """{"bodyshop": key, "planmanager": key}, as its page of keys shows them."""
        return dict(self._ask("GET", "keys"))

    def missions(self) -> dict[str, dict[str, Any]]:
        """Every transmitted mission by its id: number, version, plate, owner, quotes, photos."""
        return {mission["id"]: mission for mission in self._ask("GET", "truth")["missions"]}

    def change_status(self, quote_id: str, status: str) -> int:
        """A person changes the status of a quote; gives the version that this makes."""
        return int(self._ask("POST", f"quotes/{quote_id}/status", {"status": status})["version"])

    def received(self) -> Received:
        """`vehicles`, `opened` and `photos` that came: (mission id, what was said of it), in their order."""
        found = self._ask("GET", "received")
        return {kind: [_said(one) for one in found[kind]] for kind in ("vehicles", "opened", "photos")}

    def _ask(self, method: str, what: str, said: dict[str, str] | None = None) -> Any:
        url, whose = f"{self.url}/_control/{what}", {"bodyshop": self.bodyshop_id}
        try:
            answer = self.session.request(method, url, params=whose, json=said, timeout=TIMEOUT)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise WalkFailed(f"{method} {url}: expected an answer of the sandbox, saw {error}") from error
        return answer.json()


def _said(received: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    said = {name: value for name, value in received.items() if name not in OF_THE_ENVELOPE}
    return received["mission_id"], said
