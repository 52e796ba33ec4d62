"""Finds the statements in effect: those of the innermost block that has any."""

from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES, Levels

UNEVALUATED = frozenset(
    {"auth_jwt", "auth_jwt_require", "auth_oidc", "secure_link", "perl", "js_content", "post_action"}
)
"""Statements of nginx and its commercial modules that may refuse a request or serve it, and are not evaluated."""
TRANSPORT = frozenset({"http2", "keepalive_min_timeout", "ssl_certificate_compression"})
"""Statements younger than the table of crossplane that only change how a connection is used."""
CONTENT = PASSES | {"stub_status", "empty_gif", "dav_methods", "mp4", "flv", "api", "status"}
TRANSPARENT = frozenset({"if", "limit_except"})
"""Blocks whose statements replace those of the location around."""


def effective(levels: Levels, name: str) -> tuple[Directive, ...]:
    """Return the statements of that name in the innermost block that has one."""
    for level in reversed(levels):
        found = tuple(level.all(name))
        if found:
            return found
    return ()


def setting(levels: Levels, name: str) -> Directive | None:
    """Return the statement of that name in effect."""
    found = effective(levels, name)
    return found[-1] if found else None


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
