"""Requests of Bruno: one ``.bru`` file each. Headers, bodies, scripts and authentication are not read."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct, field

from specdrift.traffic.collections.variables import CollectionVariables
from specdrift.traffic.traffic_format import (
    CompanionRole,
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
)

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace", "connect"})
OTHERS = {"http": "", "ws": "get", "grpc": "post"}
"""Blocks of other requests, with the method that is sent; ``http`` names its own."""
BLOCK = re.compile(r"([a-z][a-z0-9:-]*)[ \t]*\{[ \t]*")
MEMBER = re.compile(r"""[ \t]+(~?)(?:@\w+\([^()]*\)[ \t]*+)*+@?("[^"]*"|[^\s:]+)[ \t]*:[ \t]*(.*)""")
"""A member of a block: ``~`` disables it; notes may stand before it, and ``@`` before a variable for scripts."""
LONG = "'''"
"""Begins and ends a value of several lines."""
MARK = re.compile(rf"^(?:meta|{'|'.join(sorted(METHODS | OTHERS.keys()))})[ \t]*\{{[ \t]*\r?$", re.MULTILINE)
SECRETS = re.compile(r"^vars:secret[ \t]*\[([^\]]*)\]", re.MULTILINE)
"""Names of variables whose values Bruno keeps elsewhere."""
REQUESTS = METHODS | OTHERS.keys()
READ = REQUESTS | {"params:path", "vars", "vars:pre-request"}


class _Blocks(Struct):
    """The members of the blocks that are read, by block, each with its line."""

    members: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)

    def values(self, name: str) -> dict[str, str]:
        return {key: value for key, (value, _) in self.members.get(name, {}).items() if value}

    def variables(self, secret: frozenset[str]) -> dict[str, str]:
        """Return the values of variables, without those that are declared secret."""
        values = {**self.values("vars"), **self.values("vars:pre-request")}
        return {name: value for name, value in values.items() if name not in secret}


class Bruno(Struct, frozen=True):
    """The request of a file, with the values of its collection, its environments and its folders."""

    name: str = "Bruno request"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether a line begins the block of a request."""
        return MARK.search(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the request; none of a file that only has settings."""
        blocks = _blocks(file.text)
        variables = _variables(file, blocks)
        for name in sorted(REQUESTS & blocks.members.keys()):
            members = blocks.members[name]
            url, line = members.get("url", ("", 1))
            method = name if name in METHODS else OTHERS[name]
            named = members.get("method", ("", 1))[0]
            if name == "grpc" and named:
                url = f"{url.rstrip('/')}/{named.lstrip('/')}"
            if not url or not (method or named):
                yield UnreadableLine(line=line)
                continue
            parameters = blocks.values("params:path")
            yield from variables.endpoints(method or named, url, line, parameters=parameters)


def _variables(file: TrafficFile, blocks: _Blocks) -> CollectionVariables:
    """Return the values that the request sees: of a folder over an environment's, and these over the collection's.

    What any of the files declares secret has no value.
    """
    texts = (file.text, *(one.text for one in file.companions))
    secret = frozenset[str]().union(*(_secrets(text) for text in texts))
    roles: dict[CompanionRole, list[Mapping[str, str]]] = {role: [] for role in CompanionRole}
    for one in file.companions:
        roles[one.role].append(_companion(one.text).variables(secret))
    variables = CollectionVariables(
        tuple(roles[CompanionRole.ENVIRONMENT]),
        defaults=next(iter(roles[CompanionRole.COLLECTION]), None),
    )
    for values in (*roles[CompanionRole.FOLDER], blocks.variables(secret)):
        variables = variables.below(values)
    return variables


@lru_cache(maxsize=64)
def _companion(text: str) -> _Blocks:
    """Read the blocks of a file that many requests have beside them."""
    return _blocks(text)


@lru_cache(maxsize=64)
def _secrets(text: str) -> frozenset[str]:
    """Return the names that a file declares secret."""
    return frozenset(name for found in SECRETS.finditer(text) for name in re.findall(r"[^\s,~]+", found[1]))


def _blocks(text: str) -> _Blocks:
    """Read the blocks: a name and a brace begin one at the margin, a brace at the margin ends it."""
    found, current = _Blocks(), None
    lines = enumerate(text.replace("\r\n", "\n").split("\n"), start=1)
    for number, line in lines:
        if current is None:
            begins = BLOCK.fullmatch(line)
            current = begins[1] if begins else None
            if current in READ:
                found.members.setdefault(current, {})
        elif line.startswith("}"):
            current = None
        elif current in READ and (member := MEMBER.fullmatch(line)) and not member[1]:
            value = _long(member[3], lines) if member[3].startswith(LONG) else member[3]
            found.members[current].setdefault(member[2].strip('"'), (value.strip(), number))
    return found


def _long(first: str, lines: Iterator[tuple[int, str]]) -> str:
    """Return a value of several lines, which stand for one URL; read up to its end."""
    parts = [first.removeprefix(LONG)]
    while not parts[-1].rstrip().endswith(LONG):
        following = next(lines, None)
        if following is None:
            break
        parts.append(following[1])
    return "".join(part.strip().removesuffix(LONG) for part in parts)


FORMAT: TrafficFormat = Bruno()
