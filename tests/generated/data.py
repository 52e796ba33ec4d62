"""Response data in many formats; it stays the same between answers, except for added noise."""

# ruff: noqa: ARG001 - all functions of a table have one signature

import base64
import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple
from xml.sax.saxutils import escape

from tests.generated.vocabulary import MEMBERS, NAMES, NOUNS, PLACES


class Body(NamedTuple):
    """A response body."""

    media_type: str
    content: bytes


Record = dict[str, object]
"""Fields of one resource: texts and numbers."""


def record(random: Random, *, small: bool) -> Record:
    """Make the data of one operation; a small record has a single distinctive field."""
    full: Record = {
        "id": random.randrange(1, 100_000),
        "owner": f"{random.choice(NAMES)} {random.choice(NAMES)}son",
        "amount": random.randrange(100, 10_000_000) / 100,
        "place": random.choice(PLACES),
        "ref": f"{random.getrandbits(48):012x}",
        "note": f"{random.choice(NOUNS)} kept for {random.choice(NAMES)} in {random.choice(PLACES)}",
        "count": random.randrange(0, 500),
    }
    names = random.sample(MEMBERS, k=random.randrange(3, 6))
    chosen = {name: value for name, value in full.items() if name in names or name in ("ref", "owner")}
    return {"amount": full["amount"], "place": full["place"]} if small else chosen


def as_json(fields: Record, noise: Record, title: str) -> Body:
    """Return a flat object."""
    return Body(
        "application/json", json.dumps({**fields, **noise}, ensure_ascii=len(title) % 2 == 0).encode()
    )


def as_envelope(fields: Record, noise: Record, title: str) -> Body:
    """Return an object in an envelope with a success status."""
    return Body("application/json", json.dumps({"status": "ok", "data": fields, "meta": noise}).encode())


def as_list(fields: Record, noise: Record, title: str) -> Body:
    """Return an array of objects."""
    return Body("application/json", json.dumps([{**fields, "n": n} for n in range(3)] + [noise]).encode())


def as_xml(fields: Record, noise: Record, title: str) -> Body:
    """Return XML elements."""
    elements = "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in {**fields, **noise}.items()
    )
    return Body("application/xml", f'<?xml version="1.0"?><thing>{elements}</thing>'.encode())


def as_html(fields: Record, noise: Record, title: str) -> Body:
    """Return an HTML page in the layout of a site."""
    rows = "".join(f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>" for name, value in fields.items())
    return Body("text/html; charset=utf-8", page(title, f"<table>{rows}</table>", noise).encode())


def as_csv(fields: Record, noise: Record, title: str) -> Body:
    """Return a header line, a data line and a comment."""
    lines = (",".join(fields), ",".join(map(str, fields.values())), f"# {' '.join(map(str, noise.values()))}")
    return Body("text/csv", "\n".join(lines).encode())


def as_text(fields: Record, noise: Record, title: str) -> Body:
    """Return one line per field."""
    lines = [f"{name}: {value}" for name, value in {**fields, **noise}.items()]
    return Body("text/plain", "\n".join(lines).encode())


def as_ndjson(fields: Record, noise: Record, title: str) -> Body:
    """Return one JSON value per field."""
    lines = [json.dumps({name: value}) for name, value in {**fields, **noise}.items()]
    return Body("application/x-ndjson", "\n".join(lines).encode())


def as_file(fields: Record, noise: Record, title: str) -> Body:
    """Return a binary file whose content depends on the data; the noise is in its first 128 bytes."""
    content = Random(json.dumps(fields)).randbytes(3000)
    return Body("application/octet-stream", json.dumps(noise).encode().rjust(128, b"\0") + content)


def page(title: str, main: str, noise: Record) -> str:
    """Return a page of the site: all pages share the navigation, each has its own token."""
    token = "".join(map(str, noise.values()))
    return (
        f"<!doctype html><html><head><title>{title} - Example portal</title><meta name=csrf content='{token}'></head>"
        "<body><nav><a href='/'>Home</a><a href='/contact'>Contact our service desk</a>"
        f"<a href='/terms'>Terms of use</a></nav><main><h1>{title}</h1>{main}</main>"
        "<footer>Operated by Example Holding, all rights reserved</footer></body></html>"
    )


def lengthened(page: str) -> str:
    """Return a page with a style sheet, a picture and a script of some kilobytes before its text."""
    style = "".join(f".c{number} {{ margin: {number}px; order: {number * 7} }}\n" for number in range(400))
    picture = base64.b64encode(Random("picture").randbytes(6000)).decode()
    script = "".join(f"let v{number} = part({number * 13}, 'of the site');\n" for number in range(300))
    before = f"<style>{style}</style><script>{script}</script><img src='data:image/png;base64,{picture}'>"
    return page.replace("<html>", f"<html>{before}")


def another_page(fields: Record, number: int) -> Record:
    """Return the fields of another record of the same list."""
    random = Random(f"{fields} {number}")
    return {name: _another(value, random) for name, value in fields.items()}


def _another(value: object, random: Random) -> object:
    if isinstance(value, int):
        return random.randrange(1, 100_000)
    if isinstance(value, float):
        return random.randrange(100, 10_000_000) / 100
    return f"{random.choice(NAMES)} {random.getrandbits(32):08x} {random.choice(PLACES)}"


NUMBERS: tuple[Callable[[float], str], ...] = (
    lambda number: f"{number:,.2f}",
    lambda number: f"{number:,.2f}".translate(str.maketrans(",.", ".,")),
    lambda number: f"{number:,.2f}".translate(str.maketrans(",.", "\u202f,")),
    lambda number: f"{number:.4f}",
    lambda number: f"{number:e}",
    lambda number: f"{number * 100:.0f}",
)
"""Notations of an amount: English, German and French groups, more digits, an exponent, cents."""


def renumbered(fields: Record, number: int) -> Record:
    """Return the fields with their amounts in another notation."""
    write = NUMBERS[number % len(NUMBERS)]
    return {name: write(value) if isinstance(value, float) else value for name, value in fields.items()}


FORMATS: tuple[Callable[[Record, Record, str], Body], ...] = (
    as_json,
    as_envelope,
    as_list,
    as_xml,
    as_html,
    as_csv,
    as_text,
    as_ndjson,
    as_file,
)
