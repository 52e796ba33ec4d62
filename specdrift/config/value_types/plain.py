"""Value types without units: texts, flags, choices, paths.

A value type converts a TOML value into a value of ``specdrift.settings``, and describes itself in words and as JSON
Schema.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace


class Mismatch(ValueError):
    """A value does not fit its type. Its text, if any, replaces the type's ``what``."""


class ConversionContext(Struct, frozen=True, kw_only=True):
    folder: Path
    """Base of relative paths."""
    cwd: Path
    """The document's name is shown relative to it."""
    variable: Callable[[str], str]
    """Returns the value of an environment variable; raises Mismatch for one that is unset or not allowed."""
    warn: Callable[[str], None]


T = TypeVar("T")

Convert = Callable[[Any, ConversionContext], Any]


class ValueType(Struct, frozen=True, kw_only=True):
    what: str
    """Completes "expected …"."""
    schema: Mapping[str, Any]
    convert: Convert
    """TOML value to settings value; raises Mismatch."""
    from_text: Callable[[str], Any] = str
    """Text of a variable or option to TOML value."""
    render: Callable[[Any], Any] = lambda value: value
    """Settings value to TOML value."""
    metavar: str = "TEXT"
    choices: tuple[str, ...] = ()
    many: bool = False
    """The option may be repeated."""
    secret: bool = False
    is_flag: bool = False


def quote_all(words: Iterable[str]) -> str:
    """``"a", "b"``, for messages."""
    return ", ".join(f'"{word}"' for word in words)


def expect_type(value: object, expected: type[T]) -> T:
    """Return ``value`` if it is exactly of that type: a TOML boolean is not an integer."""
    if type(value) is not expected:
        raise Mismatch
    return value


def expect_texts(value: object) -> tuple[str, ...]:
    """Convert one string or a list of strings to a tuple."""
    items: list[object] = [value] if isinstance(value, str) else expect_type(value, list)
    return tuple(expect_type(item, str) for item in items)


def split_commas(text: str) -> list[str]:
    """Split at commas; strip the parts and omit empty ones."""
    return [part.strip() for part in text.split(",") if part.strip()]


TEXT = ValueType(
    what="a string",
    schema={"type": "string"},
    convert=lambda value, _: expect_type(value, str),
)

TEXTS = ValueType(
    what="a string or a list of strings",
    schema={"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    convert=lambda value, _: expect_texts(value),
    from_text=split_commas,
    render=list,
    many=True,
)

METHODS = ValueType(
    what="an HTTP method or a list of them",
    schema=TEXTS.schema,
    convert=lambda value, _: tuple(method.upper() for method in expect_texts(value)),
    from_text=split_commas,
    render=list,
    metavar="METHOD",
    many=True,
)

NAMES = ValueType(
    what="a name or a list of names",
    schema=TEXTS.schema,
    convert=lambda value, _: tuple(name for item in expect_texts(value) for name in split_commas(item)),
    from_text=split_commas,
    render=list,
    metavar="NAME,…",
    many=True,
)

ROLES = ValueType(
    what="a role or a list of roles",
    schema=TEXTS.schema,
    convert=lambda value, _: frozenset(expect_texts(value)),
    from_text=split_commas,
    render=sorted,
    metavar="ROLE",
    many=True,
)

COMMAND = ValueType(
    what="a list of strings: the program and its arguments",
    schema={"type": "array", "items": {"type": "string"}, "minItems": 1},
    convert=lambda value, _: tuple(expect_type(item, str) for item in expect_type(value, list) or [None]),
    render=list,
)

_FLAG_WORDS = {"1": True, "true": True, "yes": True, "on": True} | {
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}

FLAG = ValueType(
    what="true or false",
    schema={"type": "boolean"},
    convert=lambda value, _: expect_type(value, bool),
    from_text=lambda text: _FLAG_WORDS.get(text.lower(), text),
    is_flag=True,
)


def integer(minimum: int, maximum: int | None = None) -> ValueType:
    """A whole number within bounds, both included."""
    bounds = f"from {minimum} to {maximum}" if maximum is not None else f"of at least {minimum}"
    limits = {"minimum": minimum} | ({} if maximum is None else {"maximum": maximum})

    def convert(value: object, _: ConversionContext) -> int:
        number: int = expect_type(value, int)
        if number < minimum or (maximum is not None and number > maximum):
            raise Mismatch
        return number

    return ValueType(
        what=f"a whole number {bounds}",
        schema={"type": "integer", **limits},
        convert=convert,
        from_text=lambda text: int(text) if text.lstrip("-").isdecimal() else text,
        metavar="N",
    )


def choice(values: type[StrEnum]) -> ValueType:
    """A member of an enumeration."""
    return _choice(tuple(values), values)


def word(*words: str) -> ValueType:
    """One of a few strings."""
    return _choice(words, str)


def optional_word(*words: str) -> ValueType:
    """One of a few strings, or an empty one for none of them."""
    made = _choice(words, str)

    def convert(value: object, context: ConversionContext) -> object:
        return "" if value == "" else made.convert(value, context)

    return replace(made, schema={"enum": ["", *words]}, convert=convert)


def _choice(words: tuple[str, ...], make: Callable[[str], Any]) -> ValueType:
    plain = tuple(str(item) for item in words)

    def convert(value: object, _: ConversionContext) -> object:
        if value not in plain:
            raise Mismatch
        return make(str(value))

    return ValueType(
        what=f"{'one of ' if len(plain) > 1 else ''}{quote_all(plain)}",
        schema={"enum": list(plain)},
        convert=convert,
        render=str,
        choices=plain,
        metavar="|".join(plain),
    )


def _file(value: object, context: ConversionContext) -> Path | None:
    text = expect_type(value, str)
    return (context.folder / path_of(text)).absolute() if text else None


def path_of(text: str) -> Path:
    """Return the path that a text names, ``~`` expanded. Raises Mismatch if it can be none."""
    if "\0" in text:
        raise Mismatch("no name of a file has a NUL character")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise Mismatch(f'"{text}" is in the home of an unknown user') from None


FILE = ValueType(
    what="a path",
    schema={"type": "string"},
    convert=_file,
    render=lambda path: str(path or ""),
    metavar="FILE",
)

FILES = ValueType(
    what="a path or a list of paths",
    schema=TEXTS.schema,
    convert=lambda value, context: tuple(
        file for text in expect_texts(value) if (file := _file(text, context))
    ),
    from_text=split_commas,
    render=lambda files: [str(file) for file in files],
    metavar="FILE",
    many=True,
)

NEW_FILE = replace(FILE, what="a path of a file")
"""The file need not exist."""

PATHS = replace(FILES, metavar="PATH")
"""Files or folders."""

FOLDER = replace(FILE, what="a path of a folder", metavar="DIR")

TRUST_STORE = ValueType(
    what='a path, or "system"',
    schema={"type": "string"},
    convert=lambda value, context: None if value == "system" else _file(value, context),
    render=lambda path: str(path or "system"),
    metavar="FILE",
)


def _document(value: object, context: ConversionContext) -> str:
    """Make a file's path relative to ``cwd``, as reports show it; keep URLs and REV:PATH."""
    text = str(expect_type(value, str))
    path = path_of(text)
    if path.is_absolute():
        return str(path) if text.startswith("~") else text
    if not is_file_name(text, context.folder):
        return text
    return os.path.relpath(context.folder / path, context.cwd)


def is_file_name(document: str, folder: Path = Path()) -> bool:
    """Whether a document's name is a file name, existing or not: no URL, ``-`` or REV:PATH."""
    if document in ("", "-") or "://" in document:
        return False
    return ":" not in document or (folder / Path(document).expanduser()).exists()


DOCUMENT = ValueType(
    what="a file, an http(s) URL or REV:PATH",
    schema={"type": "string"},
    convert=_document,
    metavar="SPEC",
)


DOCUMENTS = ValueType(
    what="a file, URL or REV:PATH, or a list of them",
    schema=TEXTS.schema,
    convert=lambda value, context: tuple(_document(text, context) for text in expect_texts(value)),
    from_text=split_commas,
    render=list,
    metavar="FILE",
    many=True,
)


def _output(value: object, context: ConversionContext) -> str:
    """Make an output path relative to ``cwd``; ``-`` is standard output."""
    text = str(expect_type(value, str))
    if not text:
        raise Mismatch
    path = path_of(text)
    if text == "-" or path.is_absolute():
        return str(path)
    return os.path.relpath(context.folder / path, context.cwd)


OUTPUT = ValueType(
    what='a path, or "-"',
    schema={"type": "string", "minLength": 1},
    convert=_output,
    metavar="PATH",
)


def plain_text(value: object) -> str:
    """A TOML scalar as it is sent: ``7`` becomes "7", ``true`` becomes "true"."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return str(expect_type(value, str))


TEXT_MAP = ValueType(
    what="a table of strings, numbers or booleans",
    schema={"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    convert=lambda value, _: {name: plain_text(item) for name, item in expect_type(value, dict).items()},
    render=dict,
)

ANY = ValueType(what="any value", schema={}, convert=lambda value, _: value)

ANY_MAP = ValueType(
    what="a table of any values",
    schema={"type": "object"},
    convert=lambda value, _: expect_type(value, dict),
    render=dict,
)
