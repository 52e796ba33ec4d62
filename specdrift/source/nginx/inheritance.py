"""Finds the statements in effect: those of the innermost block that has any."""

from functools import lru_cache

from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES, Levels

UNEVALUATED = frozenset(
    {"auth_jwt", "auth_jwt_require", "auth_oidc", "secure_link", "perl", "js_content", "post_action"}
)
"""Statements of nginx and its commercial modules that may refuse a request or serve it, and are not evaluated."""
TRANSPORT = frozenset({"http2", "keepalive_min_timeout", "ssl_certificate_compression"})
"""Statements younger than the table of crossplane that only change how a connection is used."""
EVALUATED = frozenset({"ssl_reject_handshake"})
"""Statements that this table does not have either, and that are evaluated."""
CONTENT = PASSES | {"stub_status", "empty_gif", "dav_methods", "mp4", "flv", "api", "status"}
DELIVERED = frozenset({"/", "/index.html", "/50x.html"})
"""Paths of the files in the folder ``html`` that nginx comes with."""
TRANSPARENT = frozenset({"if", "limit_except"})
"""Blocks whose statements replace those of the location around."""


KEPT = 1 << 15
"""Statements in effect that are kept: they are the same for every request to a location."""


@lru_cache(maxsize=KEPT)
def effective(levels: Levels, *names: str) -> tuple[Directive, ...]:
    """Return the statements of these names in the innermost block that has one."""
    for level in reversed(levels):
        found = level.all(*names)
        if found:
            return found
    return ()


def setting(levels: Levels, *names: str) -> Directive | None:
    """Return the statement of these names in effect."""
    found = effective(levels, *names)
    return found[-1] if found else None


def may_have_file(levels: Levels, path: str) -> bool:
    """Return whether there may be a file for a path: where no statement names a folder, only what nginx comes with."""
    return setting(levels, "root", "alias") is not None or path in DELIVERED


def is_on(levels: Levels, name: str, *, default: bool) -> bool:
    """Return whether a flag is set."""
    found = setting(levels, name)
    return default if found is None else found.first == "on"


def content(levels: Levels) -> Directive | None:
    """Return the statement that makes the answer, which nested locations do not inherit."""
    for level in reversed(levels):
        found = list(level.all(*CONTENT))
        if found:
            return found[-1]
        if level.name not in TRANSPARENT:
            return None
    return None
