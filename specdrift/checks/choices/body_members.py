"""Members of request bodies, in JSON objects and forms: reads them, and writes one anew. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

Value = str | float | bool | list[str]
Path = tuple[str, ...]
"""Names of members, the outermost first."""
DEEPEST = 4
LINE = b"\r\n"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
NAME = b'name="'
FILE_NAME = re.compile(rb'(; filename=")([^"\r\n.]*)')
"""The name of a file (RFC 7578 §4.2) up to its ending."""
PLAIN_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)


def members(content: bytes, media_type: str) -> Mapping[str, object]:
    """Return the members of an object or form by name; none of another body, or one that cannot be read."""
    return _kind(media_type).read(content)


def with_value(content: bytes, media_type: str, name: str, value: Value) -> bytes:
    """Return the body with this value of a member, which is added if it is absent."""
    return _kind(media_type).write(content, name, value)


def nested(content: bytes, media_type: str) -> Iterator[tuple[Path, object]]:
    """Yield the members of the objects inside a JSON object, each with its path."""
    for name, value in members(content, media_type).items():
        yield from _below((name,), value)


def _below(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict) and len(path) < DEEPEST:
        for name, inner in value.items():
            yield (*path, name), inner
            yield from _below((*path, name), inner)


def with_nested(content: bytes, path: Path, value: Value) -> bytes:
    """Return the JSON object with this value at a path that it has."""
    whole = inner = json.loads(content)
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return json.dumps(whole, ensure_ascii=False).encode()


def _json_members(content: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _json_with(content: bytes, name: str, value: Value) -> bytes:
    return json.dumps({**_json_members(content), name: value}, ensure_ascii=False).encode()


def _form_members(content: bytes) -> Mapping[str, object]:
    return dict(_pairs(content))


def _form_with(content: bytes, name: str, value: Value) -> bytes:
    pairs, value = _pairs(content), _text(value)
    added = [] if name in dict(pairs) else [(name, value)]
    return urlencode([*((key, value if key == name else own) for key, own in pairs), *added]).encode()


def _text(value: Value) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _pairs(content: bytes) -> list[tuple[str, str]]:
    return parse_qsl(content.decode(errors="replace"), keep_blank_values=True)


def _part_members(content: bytes) -> Mapping[str, object]:
    """Return the parts of a form by name (RFC 7578 §4.2)."""
    found = {}
    for part in _parts(content):
        head, blank, value = part.partition(LINE * 2)
        name = head.partition(NAME)[2].partition(b'"')[0]
        if blank and name:
            found[name.decode(errors="replace")] = value.removesuffix(LINE).decode(errors="replace")
    return found


def _part_with(content: bytes, name: str, value: Value) -> bytes:
    value = _text(value)
    boundary, wanted = content.partition(LINE)[0], NAME + name.encode() + b'"'
    heads = [part.partition(LINE * 2)[0] for part in _parts(content)]
    written = [
        _named(head, value) + LINE * 2 + value.encode() + LINE if wanted in head else part
        for head, part in zip(heads, _parts(content), strict=True)
    ]
    if not any(wanted in head for head in heads):
        head = LINE + b"Content-Disposition: form-data; " + wanted
        written.insert(-1, head + LINE * 2 + value.encode() + LINE)
    return boundary.join((b"", *written))


def _named(head: bytes, value: str) -> bytes:
    """Return the head of a part whose file, if it is one, is named as its content: lists have the names of files."""
    if not PLAIN_NAME.fullmatch(value):
        return head
    return FILE_NAME.sub(rb"\g<1>" + value.encode(), head, count=1)


def _parts(content: bytes) -> list[bytes]:
    """Return what follows each boundary: the parts, and ``--`` after the last (RFC 2046 §5.1.1)."""
    boundary = content.partition(LINE)[0]
    return content.split(boundary)[1:] if boundary.startswith(b"--") else []


class _Kind(Struct, frozen=True):
    """How bodies of one kind are read and written."""

    read: Callable[[bytes], Mapping[str, object]]
    write: Callable[[bytes, str, Value], bytes]


_KINDS = {FORM: _Kind(_form_members, _form_with), MULTIPART: _Kind(_part_members, _part_with)}
_JSON = _Kind(_json_members, _json_with)


def has_members(media_type: str) -> bool:
    """Return whether bodies of this media type have members that are read and written here."""
    kind = _plain(media_type)
    return kind in _KINDS or kind.endswith(("/json", "+json"))


def has_lists(media_type: str) -> bool:
    """Return whether a member of such a body can be a list. A form has the member several times."""
    return _kind(media_type) is _JSON


def _kind(media_type: str) -> _Kind:
    return _KINDS.get(_plain(media_type), _JSON)


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
