"""What operations answer: data in many formats, the same each time but for its noise."""

# ruff: noqa: ARG001 - all functions of a table have one signature

import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple
from xml.sax.saxutils import escape

from tests.generated.words import MEMBERS, NAMES, PLACES, THINGS


class Body(NamedTuple):
    """A response body."""

    media_type: str
    content: bytes


Record = dict[str, object]
"""Fields of one resource: texts and numbers."""


def record(random: Random, *, small: bool) -> Record:
    """Make the data of one operation; a small one has a single telling field."""
    full: Record = {
        "id": random.randrange(1, 100_000),
        "owner": f"{random.choice(NAMES)} {random.choice(NAMES)}son",
        "amount": random.randrange(100, 10_000_000) / 100,
        "place": random.choice(PLACES),
        "ref": f"{random.getrandbits(48):012x}",
        "note": f"{random.choice(THINGS)} kept for {random.choice(NAMES)} in {random.choice(PLACES)}",
        "count": random.randrange(0, 500),
    }
    names = random.sample(MEMBERS, k=random.randrange(3, 6))
    chosen = {name: value for name, value in full.items() if name in names or name in ("ref", "owner")}
    return {"amount": full["amount"], "place": full["place"]} if small else chosen


def as_json(fields: Record, noise: Record, title: str) -> Body:
    """A flat object."""
    return Body(
        "application/json", json.dumps({**fields, **noise}, ensure_ascii=len(title) % 2 == 0).encode()
    )


def as_envelope(fields: Record, noise: Record, title: str) -> Body:
    """An object in an envelope that says that all went well."""
    return Body("application/json", json.dumps({"status": "ok", "data": fields, "meta": noise}).encode())


def as_list(fields: Record, noise: Record, title: str) -> Body:
    """An array of objects."""
    return Body("application/json", json.dumps([{**fields, "n": n} for n in range(3)] + [noise]).encode())


def as_xml(fields: Record, noise: Record, title: str) -> Body:
    """Elements."""
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in {**fields, **noise}.items())
    return Body("application/xml", f'<?xml version="1.0"?><thing>{inside}</thing>'.encode())


def as_html(fields: Record, noise: Record, title: str) -> Body:
    """A page in the layout of a site."""
    rows = "".join(f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>" for name, value in fields.items())
    return Body("text/html; charset=utf-8", page(title, f"<table>{rows}</table>", noise).encode())


def as_csv(fields: Record, noise: Record, title: str) -> Body:
    """Two lines and a comment."""
    lines = (",".join(fields), ",".join(map(str, fields.values())), f"# {' '.join(map(str, noise.values()))}")
    return Body("text/csv", "\n".join(lines).encode())


def as_text(fields: Record, noise: Record, title: str) -> Body:
    """One line for each field."""
    lines = [f"{name}: {value}" for name, value in {**fields, **noise}.items()]
    return Body("text/plain", "\n".join(lines).encode())


def as_ndjson(fields: Record, noise: Record, title: str) -> Body:
    """One JSON value for each field."""
    lines = [json.dumps({name: value}) for name, value in {**fields, **noise}.items()]
    return Body("application/x-ndjson", "\n".join(lines).encode())


def as_file(fields: Record, noise: Record, title: str) -> Body:
    """A binary file whose content depends on the data; its noise stands in its head."""
    content = Random(json.dumps(fields)).randbytes(3000)
    return Body("application/octet-stream", json.dumps(noise).encode().rjust(128, b"\0") + content)


def page(title: str, main: str, noise: Record) -> str:
    """A page of the site: each has the same navigation, and a token of its own."""
    token = "".join(map(str, noise.values()))
    return (
        f"<!doctype html><html><head><title>{title} - Example portal</title><meta name=csrf content='{token}'></head>"
        "<body><nav><a href='/'>Home</a><a href='/contact'>Contact our service desk</a>"
        f"<a href='/terms'>Terms of use</a></nav><main><h1>{title}</h1>{main}</main>"
        "<footer>Operated by Example Holding, all rights reserved</footer></body></html>"
    )


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
