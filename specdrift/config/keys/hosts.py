"""Names of hosts, and URLs that have one: what resolvers, SNI and Host can carry (RFC 1123 §2.1, RFC 6066 §3)."""

import re
from urllib.parse import urlsplit

from specdrift.config.keys.kinds import TEXT, TEXTS, Kind, Mismatch, expect_texts, expect_type, split_commas
from specdrift.model.contract.hosts import ascii_host, is_address

LONGEST_NAME, LONGEST_LABEL = 253, 63
"""In characters of ASCII (RFC 1035 §2.3.4)."""
SHOWN = 80
_LABEL = re.compile(r"[A-Za-z0-9_-]+")
"""Looser than the RFC: names with underscores are served, and containers have them."""


def host_name(text: str) -> str:
    """A host's name as it is sent, in ASCII (IDNA), or an IP address. Raises :class:`Mismatch` for what is neither."""
    if not is_address(text):
        text, fault = _in_ascii(text)
        if fault:
            shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
            raise Mismatch(f'"{shown}" is no host name: {fault}')
    return text


def _in_ascii(text: str) -> tuple[str, str]:
    """The name in ASCII and "", or as it was and what is wrong with it. A dot at the end stands for the root."""
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


HOST = Kind(
    what="the name of a host",
    schema=TEXT.schema,
    convert=lambda value, _: host_name(value) if expect_type(value, str) else "",
)

HOSTS = Kind(
    what="the name of a host or a list of them",
    schema=TEXTS.schema,
    convert=lambda value, _: tuple(host_name(text) for text in expect_texts(value)),
    from_text=split_commas,
    render=list,
    many=True,
)


def check_url(text: str) -> str:
    """An absolute http(s) URL without credentials, query and fragment, as it was written."""
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


URL = Kind(
    what="an http:// or https:// URL",
    schema={"type": "string", "pattern": "^(https?://.*)?$"},
    convert=lambda value, _: check_url(value) if expect_type(value, str) else "",
    metavar="URL",
)

URLS = Kind(
    what="a list of http:// or https:// URLs",
    schema={"type": "array", "items": {"type": "string", "pattern": "^https?://"}},
    convert=lambda value, _: tuple(check_url(text) for text in expect_texts(value)),
    from_text=split_commas,
    render=list,
    metavar="URL",
    many=True,
)
