"""Reads TOML of other people: one error for everything that cannot be read."""

import re
import tomllib
from typing import Any

TOO_DEEP = "nested too deeply"
_LONG_NUMBER = re.compile(r"[0-9_]{4300,}")
"""More digits than Python converts."""


class NotTomlError(ValueError):
    """Says what is wrong: "what", or "what (at line LINE, column COLUMN)"."""


def read_toml(text: str) -> dict[str, Any]:
    """Parse a text. Raises NotTomlError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotTomlError(str(error)) from None
    except RecursionError:
        raise NotTomlError(TOO_DEEP) from None
    except ValueError:
        found = _LONG_NUMBER.search(text)
        at = found.start() if found else 0
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise NotTomlError(f"A number is too long (at line {line}, column {column})") from None
