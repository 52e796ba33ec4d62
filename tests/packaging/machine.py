"""The hosts in the configuration of this machine's package clients; read at run time, never stored."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CLIENTS = (
    (sys.executable, "-m", "pip", "config", "list"),
    ("npm", "config", "get", "registry"),
    ("go", "env", "GOPROXY"),
)
VARIABLE = re.compile(r"(?:pip|uv|npm|cargo|go)\w*(?:index|registry|proxy|find_links)\w*", re.IGNORECASE)
FILES = (
    Path.home() / ".cargo" / "config.toml",
    Path.home() / ".cargo" / "config",
    Path.home() / ".m2" / "settings.xml",
    Path.home() / ".npmrc",
    Path("/etc/pip.conf"),
    Path("/etc/apt/sources.list"),
)
SOURCES = Path("/etc/apt/sources.list.d")
URL_HOST = re.compile(r"https?://(?:[^/@\s]*@)?([\w-]+(?:\.[\w-]+)+)")
# A proxy or mirror may have this name too, but projects link to it.
LINKED_BY_ALL = frozenset({"github.com"})


def configured_hosts() -> frozenset[str]:
    """Return the dotted host names in the configuration of pip, uv, npm, Go, cargo, Maven and apt."""
    return frozenset(host for text in _configurations() for host in URL_HOST.findall(text)) - LINKED_BY_ALL


def _configurations() -> Iterator[str]:
    for command in CLIENTS:
        yield _output(command)
    yield from (value for name, value in os.environ.items() if VARIABLE.fullmatch(name))
    lists = SOURCES.iterdir() if SOURCES.is_dir() else ()
    yield from (path.read_text(errors="replace") for path in (*FILES, *lists) if path.is_file())


def _output(command: tuple[str, ...]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout
    except OSError:
        return ""  # this client is not installed, so nothing is configured for it
