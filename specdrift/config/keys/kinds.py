"""The kinds of values that a configuration key can have.

A kind says what it expects in words, as JSON Schema, as text (variables and options), and converts a TOML
value into what ``specdrift.settings`` holds. Kinds with units are in ``quantities``,
host names and URLs in ``hosts``, passphrases and tokens in ``secret_values``.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar


class Mismatch(ValueError):
    """A value is not of its kind. The text, if there is one, says more than the kind's own words do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a conversion may lean on: the folder that relative paths start from, and the environment.

    ``cwd`` is the folder that a document's name is shown from; ``remark`` is told what is worth a warning.
    """

    folder: Path
    cwd: Path
    environ: Mapping[str, str]
    remark: Callable[[str], None]


T = TypeVar("T")

Convert = Callable[[Any, Place], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``what`` completes "expected …"; ``from_text`` makes a TOML value of the text of a variable or option;
    ``render`` gives back the TOML value of a converted one; ``many`` kinds take a repeated option.
    """

    what: str
    schema: Mapping[str, Any]
    convert: Convert
    from_text: Callable[[str], Any] = str
    render: Callable[[Any], Any] = lambda value: value
    metavar: str = "TEXT"
    choices: tuple[str, ...] = ()
    many: bool = False
    secret: bool = False
    is_flag: bool = False


def quote_all(words: Iterable[str]) -> str:
    """``"a", "b"``, for messages."""
    return ", ".join(f'"{word}"' for word in words)


def expect_type(value: object, expected: type[T]) -> T:
    """``value`` if it is exactly of that type (a TOML boolean is not an integer)."""
    if type(value) is not expected:
        raise Mismatch
    return value


def expect_texts(value: object) -> tuple[str, ...]:
    """One string or a list of strings, as a tuple."""
    items: list[object] = [value] if isinstance(value, str) else expect_type(value, list)
    return tuple(expect_type(item, str) for item in items)


def split_commas(text: str) -> list[str]:
    """The parts between commas, without blanks and empty ones."""
    return [part.strip() for part in text.split(",") if part.strip()]


TEXT = Kind(
    what="a string",
    schema={"type": "string"},
    convert=lambda value, _: expect_type(value, str),
)

TEXTS = Kind(
    what="a string or a list of strings",
    schema={"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    convert=lambda value, _: expect_texts(value),
    from_text=split_commas,
    render=list,
    many=True,
)

METHODS = Kind(
    what="an HTTP method or a list of them",
    schema=TEXTS.schema,
    convert=lambda value, _: tuple(method.upper() for method in expect_texts(value)),
    from_text=split_commas,
    render=list,
    metavar="METHOD",
    many=True,
)

NAMES = Kind(
    what="a name or a list of names",
    schema=TEXTS.schema,
    convert=lambda value, _: tuple(name for item in expect_texts(value) for name in split_commas(item)),
    from_text=split_commas,
    render=list,
    metavar="NAME,…",
    many=True,
)

ROLES = Kind(
    what="a role or a list of roles",
    schema=TEXTS.schema,
    convert=lambda value, _: frozenset(expect_texts(value)),
    from_text=split_commas,
    render=sorted,
    metavar="ROLE",
    many=True,
)

COMMAND = Kind(
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

FLAG = Kind(
    what="true or false",
    schema={"type": "boolean"},
    convert=lambda value, _: expect_type(value, bool),
    from_text=lambda text: _FLAG_WORDS.get(text.lower(), text),
    is_flag=True,
)


def integer(minimum: int, maximum: int | None = None) -> Kind:
    """A whole number within bounds, both included."""
    bounds = f"from {minimum} to {maximum}" if maximum is not None else f"of at least {minimum}"
    limits = {"minimum": minimum} | ({} if maximum is None else {"maximum": maximum})

    def convert(value: object, _: Place) -> int:
        number: int = expect_type(value, int)
        if number < minimum or (maximum is not None and number > maximum):
            raise Mismatch
        return number

    return Kind(
        what=f"a whole number {bounds}",
        schema={"type": "integer", **limits},
        convert=convert,
        from_text=lambda text: int(text) if text.lstrip("-").isdecimal() else text,
        metavar="N",
    )


def choice(values: type[StrEnum]) -> Kind:
    """One member of an enumeration, converted to it."""
    return _choice(tuple(values), values)


def word(*words: str) -> Kind:
    """One of a few strings."""
    return _choice(words, str)


def _choice(words: tuple[str, ...], make: Callable[[str], Any]) -> Kind:
    plain = tuple(str(item) for item in words)

    def convert(value: object, _: Place) -> object:
        if value not in plain:
            raise Mismatch
        return make(str(value))

    return Kind(
        what=f"{'one of ' if len(plain) > 1 else ''}{quote_all(plain)}",
        schema={"enum": list(plain)},
        convert=convert,
        render=str,
        choices=plain,
        metavar="|".join(plain),
    )


def _file(value: object, place: Place) -> Path | None:
    text = expect_type(value, str)
    return (place.folder / Path(text).expanduser()).absolute() if text else None


FILE = Kind(
    what="a path",
    schema={"type": "string"},
    convert=_file,
    render=lambda path: str(path or ""),
    metavar="FILE",
)

FILES = Kind(
    what="a path or a list of paths",
    schema=TEXTS.schema,
    convert=lambda value, place: tuple(file for text in expect_texts(value) if (file := _file(text, place))),
    from_text=split_commas,
    render=lambda files: [str(file) for file in files],
    metavar="FILE",
    many=True,
)

NEW_FILE = replace(FILE, what="a path of a file")
"""A file that need not be there yet."""

FOLDER = replace(FILE, what="a path of a folder", metavar="DIR")

TRUST_STORE = Kind(
    what='a path, or "system"',
    schema={"type": "string"},
    convert=lambda value, place: None if value == "system" else _file(value, place),
    render=lambda path: str(path or "system"),
    metavar="FILE",
)


def _document(value: object, place: Place) -> str:
    """A file's path, seen from ``cwd`` so that reports name it as the user would; others stay as they are."""
    text = str(expect_type(value, str))
    path = Path(text).expanduser()
    if path.is_absolute() or not is_file_name(text, place.folder):
        return text
    return os.path.relpath(place.folder / path, place.cwd)


def is_file_name(document: str, folder: Path = Path()) -> bool:
    """Whether a document's name is that of a file, which need not be there: no URL, ``-`` or REV:PATH."""
    if document in ("", "-") or "://" in document:
        return False
    return ":" not in document or (folder / Path(document).expanduser()).exists()


DOCUMENT = Kind(
    what="a file, an http(s) URL or REV:PATH",
    schema={"type": "string"},
    convert=_document,
    metavar="SPEC",
)


def _output(value: object, place: Place) -> str:
    """A file to be written, seen from ``cwd``; ``-`` is standard output."""
    text = str(expect_type(value, str))
    if not text:
        raise Mismatch
    path = Path(text).expanduser()
    return text if text == "-" or path.is_absolute() else os.path.relpath(place.folder / path, place.cwd)


OUTPUT = Kind(
    what='a path, or "-"',
    schema={"type": "string", "minLength": 1},
    convert=_output,
    metavar="PATH",
)


def plain_text(value: object) -> str:
    """A TOML scalar as it is sent: ``7`` is "7", ``true`` is "true"."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return str(expect_type(value, str))


TEXT_MAP = Kind(
    what="a table of strings, numbers or booleans",
    schema={"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    convert=lambda value, _: {name: plain_text(item) for name, item in expect_type(value, dict).items()},
    render=dict,
)

ANY = Kind(what="any value", schema={}, convert=lambda value, _: value)
