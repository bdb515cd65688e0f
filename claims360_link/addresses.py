"""Where a redirect may lead: the public internet, or the configured host itself."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from claims360_link.errors import Unreachable, UnreadableAnswer


def refuse_private(url: str, configured: str) -> None:
    """Raises UnreadableAnswer when `url` leads to a private address that is not the configured host, or off https."""
    target, own = urlsplit(url), urlsplit(configured)
    if target.scheme not in ("http", "https") or (own.scheme, target.scheme) == ("https", "http"):
        raise UnreadableAnswer("redirect-refused", "scheme")
    if _place(target) == _place(own):
        return
    if not all(address.is_global for address in _addresses(target)):
        raise UnreadableAnswer("redirect-refused", "private address")


def _place(url: SplitResult) -> tuple[str | None, int | None]:
    return url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _addresses(url: SplitResult) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(url.hostname, url.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable("unreachable", "the link's host is not known") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
