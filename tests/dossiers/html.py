"""What a browser would post of a form in a page."""

from html.parser import HTMLParser


def posted_form(page: str, inside: str) -> dict[str, list[str]]:
    """The fields of the form whose class is `inside`, by name, as a browser posts them untouched."""
    reader = _Form(inside)
    reader.feed(page)
    return reader.posted


class _Form(HTMLParser):
    def __init__(self, inside: str) -> None:
        super().__init__()
        self.inside, self.reading = inside, False
        self.posted: dict[str, list[str]] = {}
        self.textarea, self.select = "", ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in pairs}
        if tag == "form":
            self.reading = attrs.get("class") == self.inside
        elif not self.reading:
            return
        elif tag == "input" and (attrs.get("type") != "checkbox" or "checked" in attrs):
            self._post(attrs["name"], attrs.get("value", ""))
        elif tag == "textarea":
            self.textarea = attrs["name"]
            self._post(self.textarea, "")
        elif tag == "select":
            self.select = attrs["name"]
        elif tag == "option" and "selected" in attrs:
            self._post(self.select, attrs.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.textarea:
            # HTML: the first line break is not part of the value; posted line breaks are CR LF.
            self.posted[self.textarea] = [data.removeprefix("\n").replace("\n", "\r\n")]

    def handle_endtag(self, tag: str) -> None:
        self.textarea = "" if tag == "textarea" else self.textarea
        self.reading = self.reading and tag != "form"

    def _post(self, name: str, value: str) -> None:
        self.posted.setdefault(name, []).append(value)
