"""Value types with units, shards, and ``HOST:PORT:ADDR``."""

import re
from datetime import date
from ipaddress import ip_address

from specdrift.config.value_types.plain import (
    ConversionContext,
    Mismatch,
    ValueType,
    expect_texts,
    expect_type,
    split_commas,
)
from specdrift.settings import Resolve

_SHARD = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_PERIODS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m|h)")


def _duration(value: object, _: ConversionContext) -> float:
    """Seconds, more than zero."""
    match = _DURATION.fullmatch(expect_type(value, str))
    if match is None or float(match[1]) == 0:
        raise Mismatch
    return float(match[1]) * _SECONDS[match[2]]


def _rate(value: object, _: ConversionContext) -> float | None:
    """Requests a second; ``None`` for "" (no limit)."""
    if value == "":
        return None
    match = _RATE.fullmatch(expect_type(value, str))
    if match is None or float(match[1]) == 0:
        raise Mismatch
    return float(match[1]) / _PERIODS[match[2]]


def _date(value: object, _: ConversionContext) -> date | None:
    """A day, as a text or a local date of TOML; ``None`` for ""."""
    if type(value) is date:  # a datetime is one too
        return value
    if value == "":
        return None
    try:
        return date.fromisoformat(expect_type(value, str))
    except ValueError:
        raise Mismatch from None


def _show_duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:g}s" if seconds >= 1 else f"{seconds * 1000:g}ms"


def _show_rate(per_second: float | None) -> str:
    if per_second is None:
        return ""
    return f"{per_second:g}/s" if per_second >= 1 else f"{per_second * 60:g}/m"


DURATION = ValueType(
    what='a number and a unit, such as "10s", "500ms" or "1m"',
    schema={"type": "string", "pattern": f"^{_DURATION.pattern}$"},
    convert=_duration,
    render=_show_duration,
    metavar="DURATION",
)

OPTIONAL_DURATION = ValueType(
    what='a number and a unit, such as "90s" or "10m", or ""',
    schema={"type": "string", "pattern": f"^({_DURATION.pattern})?$"},
    convert=lambda value, context: None if value == "" else _duration(value, context),
    render=_show_duration,
    metavar="DURATION",
)

OPTIONAL_DATE = ValueType(
    what='a day, such as "2027-06-30", or ""',
    schema={"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2})?$"},
    convert=_date,
    render=lambda day: day.isoformat() if day else "",
    metavar="DATE",
)

RATE = ValueType(
    what='a rate, such as "20/s" or "100/m", or ""',
    schema={"type": "string", "pattern": f"^({_RATE.pattern})?$"},
    convert=_rate,
    render=_show_rate,
    metavar="RATE",
)


def parse_resolve(text: str) -> Resolve:
    """``HOST:PORT:ADDR`` as in curl; an IPv6 address may stand in brackets."""
    host, _, rest = text.partition(":")
    port, _, address = rest.partition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Mismatch
    try:
        pinned = ip_address(address.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise Mismatch from None
    return Resolve(host=host.lower(), port=int(port), address=str(pinned))


def _shard(value: object, _: ConversionContext) -> tuple[int, int] | None:
    """Number and count; ``None`` for "" (the whole document)."""
    return parse_shard(text) if (text := expect_type(value, str)) else None


def parse_shard(text: str) -> tuple[int, int]:
    """Return number and count of ``I/N``. Raises Mismatch."""
    match = _SHARD.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise Mismatch
    return int(match[1]), int(match[2])


SHARD = ValueType(
    what='a shard and how many there are, such as "1/3", or ""',
    schema={"type": "string", "pattern": f"^({_SHARD.pattern})?$"},
    convert=_shard,
    render=lambda shard: "/".join(map(str, shard)) if shard else "",
    metavar="I/N",
)


RESOLVES = ValueType(
    what='HOST:PORT:ADDR with an IP address, such as "api.example.test:8443:127.0.0.1"',
    schema={"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    convert=lambda value, _: tuple(parse_resolve(text) for text in expect_texts(value)),
    from_text=split_commas,
    render=lambda items: [f"{item.host}:{item.port}:{item.address}" for item in items],
    metavar="HOST:PORT:ADDR",
    many=True,
)
