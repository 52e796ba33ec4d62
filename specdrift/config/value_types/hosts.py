"""Host names and URLs that are valid for resolvers, SNI and Host (RFC 1123 §2.1, RFC 6066 §3)."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from specdrift.config.value_types.plain import (
    TEXT,
    TEXTS,
    ConversionContext,
    Mismatch,
    ValueType,
    expect_texts,
    expect_type,
    split_commas,
)
from specdrift.model.contract.hosts import ascii_host, is_address

LONGEST_NAME, LONGEST_LABEL = 253, 63
"""In characters of ASCII (RFC 1035 §2.3.4)."""
LAST_PORT = 65535
SHOWN = 80
_LABEL = re.compile(r"[A-Za-z0-9_-]+")
"""Looser than the RFC: real servers and containers have names with underscores."""


def host_name(text: str) -> str:
    """Convert a host name to ASCII (IDNA); keep an IP address. Raises Mismatch for anything else."""
    if not is_address(text):
        text, fault = _in_ascii(text)
        if fault:
            shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
            raise Mismatch(f'"{shown}" is no host name: {fault}')
    return text


def _in_ascii(text: str) -> tuple[str, str]:
    """Return the ASCII name and an empty string, or the text and its defect. A final dot is the root."""
    if len(text) > LONGEST_NAME:
        return text, f"it is longer than {LONGEST_NAME} characters"
    try:
        name = text if text.isascii() else ascii_host(text)
    except ValueError:
        return text, "it has no form in ASCII (IDNA)"
    labels = name.removesuffix(".").split(".")
    if not all(labels):
        return text, "it is empty, or there is nothing between two of its dots"
    if any(len(label) > LONGEST_LABEL for label in labels):
        return text, f"a part between its dots is longer than {LONGEST_LABEL} characters"
    if not all(_LABEL.fullmatch(label) for label in labels):
        return text, 'only letters, digits, "-" and "_" may stand between its dots'
    return name, ""


HOST = ValueType(
    what="the name of a host",
    schema=TEXT.schema,
    convert=lambda value, _: host_name(value) if expect_type(value, str) else "",
)

HOSTS = ValueType(
    what="the name of a host or a list of them",
    schema=TEXTS.schema,
    convert=lambda value, _: tuple(host_name(text) for text in expect_texts(value)),
    from_text=split_commas,
    render=list,
    many=True,
)


def split_address(text: str) -> tuple[str, int]:
    """Return address and port of ``127.0.0.1:0`` or ``[::1]:8080``. Raises Mismatch."""
    host, colon, port = text.rpartition(":")
    address = host.removeprefix("[").removesuffix("]")
    if not (colon and is_address(address) and port.isascii() and port.isdigit() and int(port) <= LAST_PORT):
        raise Mismatch
    if ip_address(address).is_unspecified:
        raise Mismatch("certificates name the address: give one at which the server reaches this machine")
    return address, int(port)


def _listen_address(value: object, _: ConversionContext) -> str:
    text = expect_type(value, str)
    if text:
        split_address(text)
    return text


LISTEN_ADDRESS = ValueType(
    what='an IP address and a port, such as "127.0.0.1:0", or ""',
    schema={"type": "string", "pattern": r"^(.+:\d{1,5})?$"},
    convert=_listen_address,
    metavar="ADDR:PORT",
)


def check_url(text: str) -> str:
    """Return an absolute http(s) URL unchanged. Raises Mismatch for credentials, query or fragment."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise Mismatch(str(error)) from None
    if not usable:
        raise Mismatch
    if parts.username is not None or parts.query or parts.fragment:
        raise Mismatch("a base URL has no user name, query or fragment")
    host_name(parts.hostname or "")
    return text


URL = ValueType(
    what="an http:// or https:// URL",
    schema={"type": "string", "pattern": "^(https?://.*)?$"},
    convert=lambda value, _: check_url(value) if expect_type(value, str) else "",
    metavar="URL",
)

URLS = ValueType(
    what="a list of http:// or https:// URLs",
    schema={"type": "array", "items": {"type": "string", "pattern": "^https?://"}},
    convert=lambda value, _: tuple(check_url(text) for text in expect_texts(value)),
    from_text=split_commas,
    render=list,
    metavar="URL",
    many=True,
)

_HTTP3_WORDS = ("announced", "always", "never")


def check_http3(text: str) -> str:
    """Return one of the words, or ``host:port`` unchanged. Raises Mismatch for anything else."""
    if text in _HTTP3_WORDS:
        return text
    try:
        parts = urlsplit(f"//{text}")
        usable = parts.netloc == text and "@" not in text and parts.hostname and parts.port
    except ValueError as error:
        raise Mismatch(str(error)) from None
    if not usable:
        raise Mismatch
    host_name(parts.hostname or "")
    return text


HTTP3 = ValueType(
    what='"announced", "always", "never", or a host and a port',
    schema={"type": "string", "pattern": "^(announced|always|never|.+:[0-9]+)$"},
    convert=lambda value, _: check_http3(expect_type(value, str)),
    metavar="announced|always|never|HOST:PORT",
)
