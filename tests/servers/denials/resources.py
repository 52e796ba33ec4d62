"""What the operations of openapi.yaml answer, each in a media type of its own."""

from __future__ import annotations

import base64
import json
import struct
import time
import zlib
from typing import NamedTuple

TEXTUAL = ("text/", "application/json", "application/xml")


class Body(NamedTuple):
    """A response body."""

    media_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The content, in Base64 where it is binary."""
        if self.media_type.startswith(TEXTUAL):
            return self.content.decode()
        return base64.b64encode(self.content).decode()

    @staticmethod
    def json(value: object, media_type: str = "application/json") -> Body:
        """Return a JSON text, with its characters as they are."""
        return Body(media_type, json.dumps(value, ensure_ascii=False).encode())


def _orders() -> Body:
    orders = [
        {"number": "A-48213", "customer": "Nordwind Logistik", "total": 1893.4},
        {"number": "A-48219", "customer": "Ostsee Handel", "total": 77.15},
    ]
    return Body.json({"orders": orders, "generatedAt": time.time()})


def _invoices() -> Body:
    rows = (("INV-20931", "Kallio Oy", "1890.40"), ("INV-20932", "Meri Ab", "377.15"))
    elements = "".join(
        f'<invoice id="{number}"><payer>{payer}</payer><sum>{total}</sum></invoice>'
        for number, payer, total in rows
    )
    return Body("application/xml", f'<?xml version="1.0"?><invoices>{elements}</invoices>'.encode())


def _statement() -> Body:
    cells = (
        ("2026-03-02", "Rent Lindenstrasse 14", "-1240.00"),
        ("2026-03-05", "Salary Brightwater", "4310.55"),
    )
    rows = "".join(f"<tr><td>{day}</td><td>{text}</td><td>{total}</td></tr>" for day, text, total in cells)
    page = (
        f"<!doctype html><html><head><title>Statement</title></head><body><table>{rows}</table></body></html>"
    )
    return Body("text/html; charset=utf-8", page.encode())


def _minutes() -> Body:
    text = "Present: Aoki, Barreto, Lindqvist.\nThe plant at Rossdorf closes on 30 September.\nBudget: 418 250 EUR.\n"
    return Body("text/plain; charset=utf-8", text.encode())


def _payments() -> Body:
    table = "iban,name,amount\nDE44500105175407324931,Petra Vogel,2209.18\nFI2112345600000785,Liisa Niemi,815.00\n"
    return Body("text/csv", table.encode())


def _readings() -> Body:
    """Fields 1 (string), 2 (double) and 3 (string) of two nested messages."""
    messages = b""
    for station, value, unit in ((b"Rossdorf-7", 21.625, b"celsius"), (b"Darmstadt-2", 19.875, b"celsius")):
        message = b"\x0a" + bytes([len(station)]) + station + b"\x11" + struct.pack("<d", value)
        message += b"\x1a" + bytes([len(unit)]) + unit
        messages += b"\x0a" + bytes([len(message)]) + message
    return Body("application/x-protobuf", messages)


def _sensors() -> Body:
    """A map of texts to texts and numbers (RFC 8949)."""

    def text(value: str) -> bytes:
        return bytes([0x78, len(value)]) + value.encode()

    pairs = (
        ("serial", text("SN-5520-99172")),
        ("site", text("Rossdorf hall 4")),
        ("depth", b"\x1a\x00\x01\xe2\x40"),
    )
    return Body("application/cbor", bytes([0xA0 + len(pairs)]) + b"".join(text(k) + v for k, v in pairs))


def _badge() -> Body:
    """A grey picture of 24 by 24 points with a pattern."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((x * x + 7 * y) % 251 for x in range(24)) for y in range(24))
    header = struct.pack(">IIBBBBB", 24, 24, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return Body("image/png", b"\x89PNG\r\n\x1a\n" + parts)


RESOURCES = {
    "/orders": _orders,
    "/invoices": _invoices,
    "/statement": _statement,
    "/minutes": _minutes,
    "/payments": _payments,
    "/readings": _readings,
    "/sensors": _sensors,
    "/badge": _badge,
}
"""Guarded operations, by path."""

HINTS = {
    "/orders": "Nordwind Logistik 1893.4",
    "/invoices": "Kallio Oy: 1890.40",
    "/statement": "Salary Brightwater 4310.55",
    "/minutes": "The plant at Rossdorf closes on 30 September.",
    "/payments": "DE44500105175407324931,Petra Vogel",
}
"""A part of the data of the texts, by path."""
