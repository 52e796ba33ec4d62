"""Collections of Postman, formats 2.0 and 2.1. Headers, bodies, scripts and authentication are not read."""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.loader.parse.node import DocumentNode
from specdrift.traffic.collections.structured import DEEPEST, items, root_of, text_of
from specdrift.traffic.collections.variables import CollectionVariables, named
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

SCHEMA = re.compile(r'"schema"\s*:\s*"https?://schema\.(?:get)?postman\.com/')


class Postman(Struct, frozen=True):
    """The requests of all folders, and those of their saved responses."""

    name: str = "Postman collection"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the text names the schema that each collection names."""
        return SCHEMA.search(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests; a saved response gives its status."""
        root = root_of(file)
        collection = CollectionVariables().below(named(root.get("variable").value, name="key"))
        folders = [(root.get("item"), 0, collection)]
        while folders:
            folder, depth, variables = folders.pop()
            for item in items(folder):
                own = variables.below(named(item.get("variable").value, name="key"))
                if "item" in item.value and depth < DEEPEST:
                    folders.append((item.get("item"), depth + 1, own))
                elif "request" in item.value:
                    yield from _endpoints(item.get("request"), own)
                    for saved in items(item.get("response")):
                        code = saved.value.get("code")
                        if isinstance(code, int) and "originalRequest" in saved.value:
                            yield from _endpoints(saved.get("originalRequest"), own, status=code)


def _endpoints(
    request: DocumentNode, variables: CollectionVariables, *, status: int = 0
) -> Iterator[ImportedEndpoint | UnreadableLine]:
    """Read a request, which may be a URL alone."""
    line = request.here.line
    url = request if isinstance(request.value, str) else request.get("url")
    written = text_of(url) or text_of(url.get("raw")) or _joined(url)
    if not written:
        yield UnreadableLine(line=line)
        return
    yield from variables.endpoints(
        text_of(request.get("method")),
        written,
        line,
        parameters=named(url.get("variable").value, name="key"),
        status=status,
    )


def _joined(url: DocumentNode) -> str:
    """Return a URL of its parts."""
    host, path = (_parts(url.get(name).value, mark) for name, mark in (("host", "."), ("path", "/")))
    scheme = text_of(url.get("protocol"))
    origin = f"{scheme}://{host}" if scheme and host else host
    return f"{origin}/{path.lstrip('/')}" if origin or path else ""


def _parts(value: object, mark: str) -> str:
    if isinstance(value, list):
        # A part may be an object with a type and a value.
        return mark.join(str(one.get("value", "") if isinstance(one, dict) else one) for one in value)
    return value if isinstance(value, str) else ""


FORMAT: TrafficFormat = Postman()
