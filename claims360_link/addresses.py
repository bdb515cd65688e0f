"""Where a redirect may lead: the public internet, or the configured host itself.

A name is looked up once to be checked, and again by whoever connects: it may lead elsewhere by then. So a connection
looks at the address that it has reached, too, before anything is said (`only_public`).
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from claims360_link.errors import Unreachable, UnreadableAnswer


def is_own(url: str, configured: str) -> bool:
    """Whether `url` is at the configured host itself."""
    return _place(urlsplit(url)) == _place(urlsplit(configured))


def refuse_private(url: str, configured: str) -> None:
    """Raises UnreadableAnswer when `url` leads to a private address that is not the configured host, or off https."""
    target, own = urlsplit(url), urlsplit(configured)
    if target.scheme not in ("http", "https") or (own.scheme, target.scheme) == ("https", "http"):
        raise UnreadableAnswer("redirect-refused", "scheme")
    if is_own(url, configured):
        return
    for address in _addresses(target):
        _require_public(address)


def only_public(session: requests.Session) -> requests.Session:
    """`session`, which from now on connects to public addresses only. It raises UnreadableAnswer for another."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, _OnlyPublic())
    return session


class _AtPublicAddress(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        try:
            _require_public(connected.getpeername()[0])
        except (UnreadableAnswer, OSError):
            connected.close()
            raise
        return connected


class _SafelyAtPublicAddress(_AtPublicAddress, HTTPSConnection):
    """TLS begins on the connection above, and the certificate must be that of the name that was asked for."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _AtPublicAddress


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafelyAtPublicAddress


class _OnlyPublic(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **known: Any) -> None:
        super().init_poolmanager(*args, **known)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}


def _place(url: SplitResult) -> tuple[str | None, int | None]:
    return url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _addresses(url: SplitResult) -> list[str]:
    try:
        found = socket.getaddrinfo(url.hostname, url.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable("unreachable", "the link's host is not known") from error
    return [str(entry[4][0]) for entry in found]


def _require_public(address: str) -> None:
    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise UnreadableAnswer("redirect-refused", "private address")
