"""Requests of Bruno: one ``.bru`` file each. Headers, bodies, scripts and authentication are not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from specdrift.traffic.collections.variables import CollectionVariables
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace", "connect"})
BLOCK = re.compile(r"([a-z][a-z0-9:-]*)[ \t]*\{[ \t]*")
MEMBER = re.compile(r"[ \t]+(~?)([^\s:]+)[ \t]*:[ \t]*(.*)")
"""A member of a block; with ``~`` it is disabled."""
MARK = re.compile(rf"^(?:meta|{'|'.join(sorted(METHODS))})[ \t]*\{{[ \t]*\r?$", re.MULTILINE)
SECRETS = re.compile(r"^vars:secret[ \t]*\[([^\]]*)\]", re.MULTILINE)
"""Names of variables whose values Bruno keeps elsewhere."""
READ = METHODS | {"params:path", "vars", "vars:pre-request"}


@dataclass(slots=True)
class _Blocks:
    """The members of the blocks that are read, by block, each with its line."""

    members: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)

    def values(self, name: str) -> dict[str, str]:
        return {key: value for key, (value, _) in self.members.get(name, {}).items() if value}


@dataclass(frozen=True, slots=True)
class Bruno:
    """The request of a file."""

    name: str = "Bruno request"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether a line begins the block of a request."""
        return MARK.search(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the request; none of a file that only has settings."""
        blocks = _blocks(file.text)
        values = {**blocks.values("vars"), **blocks.values("vars:pre-request")}
        secret = {name for found in SECRETS.finditer(file.text) for name in re.findall(r"[^\s,~]+", found[1])}
        variables = CollectionVariables({name: value for name, value in values.items() if name not in secret})
        for method in sorted(METHODS & blocks.members.keys()):
            url, line = blocks.members[method].get("url", ("", 1))
            if not url:
                yield UnreadableLine(line=line)
                continue
            yield variables.endpoint(method, url, line, parameters=blocks.values("params:path"))


def _blocks(text: str) -> _Blocks:
    """Read the blocks: a name and a brace begin one at the margin, a brace at the margin ends it."""
    found, current = _Blocks(), None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if current is None:
            begins = BLOCK.fullmatch(line)
            current = begins[1] if begins else None
            if current in READ:
                found.members.setdefault(current, {})
        elif line.startswith("}"):
            current = None
        elif current in READ and (member := MEMBER.fullmatch(line)) and not member[1]:
            found.members[current].setdefault(member[2], (member[3].strip(), number))
    return found


FORMAT: TrafficFormat = Bruno()
