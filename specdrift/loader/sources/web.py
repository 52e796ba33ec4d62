"""Descriptions behind a URL: what the user named, and hosts that the configuration allows."""

import posixpath
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from specdrift import __version__
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources.source_content import FetchedResource, Refused, too_large
from specdrift.settings import LoaderSettings

if TYPE_CHECKING:
    import httpx

_TIMEOUT = 10.0
_DEADLINE = 30.0
_MAX_REDIRECTS = 5


class WebSource:
    """An entry document behind a URL. References reach what lies beside or below it on the same origin."""

    def __init__(self, url: str, settings: LoaderSettings) -> None:
        self.name = display(url)
        self._url = url
        self._limit = settings.max_bytes

    def entry(self) -> FetchedResource:
        url, data = fetch(self._url, limit=self._limit, redirects=_MAX_REDIRECTS)
        self._url = url
        return FetchedResource(name=self.name, uri=_without_user(url), data=data)

    def read(self, uri: str, reference: str, *, referrer: str) -> FetchedResource:  # noqa: ARG002 # as in the protocol
        if not _below(self._url, uri):
            raise Refused(
                f"{reference} is outside the folder of the document and was not read.",
                rule="reference-outside-root",
            )
        return fetch_reference(uri, reference, limit=self._limit)


def fetch_reference(uri: str, reference: str, *, limit: int) -> FetchedResource:
    """A document of a host that may be asked; redirects are not followed. Raises :class:`Refused`."""
    try:
        url, data = fetch(uri, limit=limit, redirects=0)
    except Unreadable as error:
        raise Refused(f"{reference}: {error.message}") from error
    return FetchedResource(name=display(url), uri=uri, data=data)


def fetch(url: str, *, limit: int, redirects: int) -> tuple[str, bytes]:
    """Where it was found in the end, and at most ``limit`` bytes, within half a minute.

    Raises :class:`Unreadable`. Certificates are verified with the system's trust store.
    """
    import ssl

    import httpx

    try:
        with (
            httpx.Client(
                verify=ssl.create_default_context(),
                trust_env=False,
                timeout=_TIMEOUT,
                follow_redirects=redirects > 0,
                max_redirects=redirects,
                headers={"User-Agent": f"specdrift/{__version__}", "Accept-Encoding": "identity"},
            ) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise Unreadable(f"the server answered {response.status_code}, not 200.")
            return str(response.url), _body(response, limit)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = _without_number(str(error) or type(error).__name__).removesuffix(".")
        raise Unreadable(f"could not be fetched: {reason}.") from error


def _without_number(reason: str) -> str:
    """``[Errno 111] Connection refused`` in words only."""
    return re.sub(r"^\[Errno -?\d+\] ", "", reason)


def _body(response: "httpx.Response", limit: int) -> bytes:
    deadline = time.monotonic() + _DEADLINE
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > limit:
            raise Unreadable(too_large(limit))
        if time.monotonic() > deadline:
            raise Unreadable(f"the server took more than {_DEADLINE:.0f} s.")
    return bytes(data)


def display(url: str) -> str:
    """A URL without user, password and query, which may be secrets."""
    parts = urlsplit(_without_user(url))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _below(entry: str, uri: str) -> bool:
    here, there = urlsplit(_without_user(entry)), urlsplit(uri)
    folder = posixpath.dirname(unquote(here.path)).rstrip("/")
    path = posixpath.normpath(unquote(there.path))
    return (here.scheme, here.netloc) == (there.scheme, there.netloc) and path.startswith(f"{folder}/")
