"""The address of a webhook, from a variable or a file: options are seen by every user of a machine."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.redaction.known import remember

VARIABLE = "SPECDRIFT_WEBHOOK_URL"
LONGEST = 4096
SECRET = 16
"""Length from which a part of it is hidden by itself; shorter ones are ordinary words."""


class Address(Struct, frozen=True, kw_only=True):
    url: str
    """Who has it can write to the channel."""
    host: str
    """The part that messages may show."""

    def __repr__(self) -> str:
        return f"Address(host={self.host!r})"


def read_address(environ: Mapping[str, str], file: Path | None) -> Address:
    """Read the address from the file if one is named, else from the variable. Raises UsageError without the address."""
    if file is None:
        text, place = environ.get(VARIABLE, ""), VARIABLE
    else:
        text, place = _content(file), str(file)
    url = text.strip()
    if not url:
        raise UsageError(f"no webhook: set {VARIABLE}, or name a file that has its URL with --url-file")
    remember([url])
    parts = _split(url)
    if parts is None or not parts.hostname or len(url) > LONGEST:
        raise UsageError(f"{place} has no URL of a webhook")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise UsageError(f"{place}: the URL of a webhook is a secret, so it must begin with https://")
    remember(part for part in (parts.path, parts.query) if len(part) >= SECRET)
    return Address(url=url, host=parts.hostname)


def _content(file: Path) -> str:
    try:
        return file.read_bytes()[: LONGEST + 1].decode("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} has no URL of a webhook") from None


def _split(url: str) -> SplitResult | None:
    if not (url.isascii() and url.isprintable()) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.port != 0
    except ValueError:
        return None
    return parts if valid else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
