"""A browser without a window: one person's session, pages as trees, forms as a browser posts them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement

import requests

TIMEOUT = 120.0  # seconds: that something hangs, never that this machine is slow
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NEVER_POSTED_UNTOUCHED = {"submit", "button", "reset", "image", "file"}

Values = Mapping[str, str | list[str]]
Files = list[tuple[str, tuple[str, bytes, str]]]  # field, (file name, content, mime)


class WalkFailed(Exception):
    """What was expected and what was seen instead, in one sentence."""


@dataclass(frozen=True)
class Form:
    """A form of a page; `url`: where it is posted."""

    element: Element
    page_url: str
    url: str

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """What a browser posts of it untouched."""
        found: dict[str, list[str]] = {}
        for control in self._controls():
            for value in _untouched(control):
                found.setdefault(control.attrib["name"], []).append(value)
        return found

    @property
    def names(self) -> set[str]:
        return {control.attrib["name"] for control in self._controls()}

    def choices(self, name: str) -> dict[str, str]:
        """What a menu, or the boxes of that name, offer: value by label (by value where there is none)."""
        found: dict[str, str] = {}
        for control in self._controls():
            if control.get("name") == name:
                options = list(control.iter("option")) or [control]
                found |= {text_of(one) or one.get("value", ""): one.get("value", "") for one in options}
        return found

    def _controls(self) -> Iterator[Element]:
        for element in self.element.iter():
            if element.get("name") and element.tag in ("input", "select", "textarea", "button"):
                yield element


@dataclass(frozen=True)
class Page:
    url: str
    status: int
    root: Element

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def all(self, xpath: str) -> list[Element]:
        return self.root.findall(f".//{xpath}")

    def one(self, xpath: str) -> Element:
        """The first element at `xpath` (of ElementTree). Raises WalkFailed."""
        found = self.root.find(f".//{xpath}")
        if found is None:
            raise WalkFailed(f"{self.path}: expected {xpath}, saw none{self.errors}")
        return found

    def links(self, prefix: str) -> list[str]:
        """The paths of its links that begin like this."""
        return [href for link in self.all("a[@href]") if (href := link.attrib["href"]).startswith(prefix)]

    def form(self, path: str) -> Form:
        """The form that posts to `path`, by its action or by one of its buttons. Raises WalkFailed."""
        for element in self.all("form[@method='post']"):
            buttons = [button.get("formaction") for button in element.iter("button")]
            for target in (element.get("action") or self.url, *buttons):
                if target and urlsplit(target).path == path:
                    return Form(element, self.url, urljoin(self.url, target))
        raise WalkFailed(f"{self.path}: expected a form that posts to {path}, saw none{self.errors}")

    @property
    def errors(self) -> str:
        """What the page says went wrong, to follow a sentence; "" if it says nothing."""
        said = [text_of(note) for note in self.all("*[@role='alert']") if "hidden" not in note.attrib]
        said += [text_of(ul) for ul in self.all("ul") if ul.get("class", "").startswith("errorlist")]
        return f" ({' · '.join(said)})" if said else ""


class Browser:
    """One person's browser at `url`, by itself: it heeds no proxy of the environment; `timeout` in seconds."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self.url, self.timeout = url, timeout
        self.session = requests.Session()
        self.session.trust_env = False

    def open(self, path: str, status: int = 200) -> Page:
        """The page at `path`, redirects followed. Raises WalkFailed where it does not come with `status`."""
        return self._ask("GET", urljoin(self.url, path), status)

    def send(
        self, form: Form, values: Values | None = None, files: Files | None = None, status: int = 200
    ) -> Page:
        """Post `form` with `values` typed in; the page that follows. Raises WalkFailed, for an unknown field too."""
        values = values or {}
        unknown = {*values, *(name for name, _file in files or [])} - form.names
        if unknown:
            raise WalkFailed(f"{urlsplit(form.url).path}: expected a field {min(unknown)!r}, saw none")
        posted = {**form.values, **values}
        return self._ask("POST", form.url, status, data=posted, files=files, referer=form.page_url)

    def _ask(
        self,
        method: str,
        url: str,
        status: int,
        *,
        data: Values | None = None,
        files: Files | None = None,
        referer: str = "",
    ) -> Page:
        headers = {"Referer": referer} if referer else {}
        try:
            answer = self.session.request(
                method, url, data=data, files=files, headers=headers, timeout=self.timeout
            )
        except requests.RequestException as error:
            raise WalkFailed(f"{method} {url}: expected an answer, saw {type(error).__name__}") from error
        page = Page(answer.url, answer.status_code, read(answer.text))
        if page.status != status:
            seen = f"{page.status}{page.errors}"
            raise WalkFailed(f"{method} {urlsplit(url).path}: expected status {status}, saw {seen}")
        return page


def text_of(element: Element) -> str:
    """The text of an element, its white space folded."""
    return " ".join("".join(element.itertext()).split())


def read(html: str) -> Element:
    """A page as a tree; what is left open is closed with its parent."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = SubElement(self.open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in (element.tag for element in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self.open[-1]
        if len(inside):
            inside[-1].tail = (inside[-1].tail or "") + data
        else:
            inside.text = (inside.text or "") + data


def _untouched(control: Element) -> list[str]:
    """The values that a browser posts of a control nobody touched."""
    kind = control.get("type", "") if control.tag == "input" else control.tag
    if "disabled" in control.attrib or kind in NEVER_POSTED_UNTOUCHED:
        return []
    if kind in ("checkbox", "radio"):
        return [control.get("value", "on")] if "checked" in control.attrib else []
    if control.tag == "select":
        return _selected(control)
    if control.tag == "textarea":
        return ["".join(control.itertext()).removeprefix("\n").replace("\n", "\r\n")]
    return [control.get("value", "")]


def _selected(menu: Element) -> list[str]:
    options = list(menu.iter("option"))
    chosen = [option for option in options if "selected" in option.attrib]
    first = [] if "multiple" in menu.attrib else options[:1]
    return [option.get("value", "") for option in chosen or first]
