"""Middleware of other modules that is known by name."""

from specdrift.model.result.source import Guarding
from specdrift.source.go.values.go_values import GoUnknown, GoValue, LibraryCode

HARMLESS_PACKAGES = (
    "go.opentelemetry.io/contrib/",
    "github.com/gin-contrib/cors",
    "github.com/gin-contrib/gzip",
    "github.com/gin-contrib/logger",
    "github.com/gin-contrib/pprof",
    "github.com/gin-contrib/requestid",
    "github.com/gin-contrib/secure",
    "github.com/gin-contrib/sessions",
    "github.com/gin-contrib/static",
    "github.com/gin-contrib/timeout",
    "github.com/gin-contrib/zap",
    "github.com/go-chi/cors",
    "github.com/go-chi/httplog",
    "github.com/go-chi/httprate",
    "github.com/klauspost/compress/gzhttp",
    "github.com/prometheus/client_golang/prometheus/promhttp",
    "github.com/rs/cors",
    "github.com/rs/zerolog/hlog",
    "github.com/NYTimes/gziphandler",
    "github.com/gorilla/handlers",
)
"""Packages whose middleware authenticates no caller."""
_OF_CHI = """
AllowContentEncoding AllowContentType CleanPath Compress ContentCharset GetHead Heartbeat Logger
NoCache RealIP ClientIPFromHeader ClientIPFromRemoteAddr ClientIPFromXFF Recoverer RequestID
RequestLogger RequestSize SetHeader StripSlashes SunsetHeader Throttle ThrottleBacklog
ThrottleWithOpts Timeout URLFormat WithValue RedirectSlashes
"""
OF_CHI = frozenset(_OF_CHI.split())
"""Middleware of chi that authenticates no caller, and leaves the path as the routes have it."""
CHANGING_PATHS = frozenset({"CleanPath", "RedirectSlashes", "StripSlashes", "URLFormat"})
"""Middleware of chi that does not leave the path as it was sent."""
OF_GIN = frozenset(
    {"Logger", "LoggerWithConfig", "LoggerWithFormatter", "LoggerWithWriter", "Recovery"}
) | frozenset({"RecoveryWithWriter", "CustomRecovery", "CustomRecoveryWithWriter", "ErrorLogger"})
CHI, GIN = "github.com/go-chi/chi/v5/middleware.", "github.com/gin-gonic/gin."
TOKENS = frozenset({f"{CHI}BasicAuth", f"{GIN}BasicAuth", f"{GIN}BasicAuthForRealm"})
"""Middleware that asks for a password."""


def changes_paths(name: str) -> bool:
    """Return whether middleware of another module may change the path, or redirect to another one."""
    return name.removeprefix(CHI) in CHANGING_PATHS or not is_harmless(name)


def is_harmless(name: str) -> bool:
    """Return whether middleware of another module rejects no caller by identity."""
    if name.startswith(CHI):
        return name.removeprefix(CHI) in OF_CHI
    if name.startswith(GIN):
        return name.removeprefix(GIN) in OF_GIN
    return name.startswith(HARMLESS_PACKAGES)


def library_guarding(value: GoValue) -> Guarding | None:
    """Return what middleware of another module is; ``None`` for code of the modules."""
    if isinstance(value, LibraryCode):
        name = value.name
    elif isinstance(value, GoUnknown):
        name = value.made_by
    else:
        return None
    if name in TOKENS:
        return Guarding.TOKEN
    return Guarding.NONE if is_harmless(name) else Guarding.UNKNOWN
