"""How servers redirect callers: to refuse them, and to serve them the data by mistake."""

from enum import Enum

from tests.generated.data import Body
from tests.generated.faults import Fault, Reply, Truth, same

NOTHING = Body("", b"")
COOKIE = "checked=1"
ELSEWHERE = "https://id.example.test/start"


class Refusing(Enum):
    """Where a server sends the callers that it refuses with 302."""

    LOGIN = "/login"
    LOGIN_WITH_PATH = "/login?next={path}"
    WELCOME = "/welcome?from={path}"
    OTHER_HOST = ELSEWHERE
    ITSELF = "{path}"
    COOKIE_CHECK = "{path} once"
    """To itself with a cookie, and refused there."""

    def location(self, path: str) -> str:
        """Return the Location field."""
        return self.value.removesuffix(" once").format(path=path)

    @property
    def page(self) -> str:
        """The path that serves the refusal."""
        return self.value.partition("?")[0] if "{path}" not in self.value.partition("?")[0] else ""


INTERNAL = Fault("redirect to an internal path", Truth.OPEN, same)
WITH_COOKIE = Fault("redirect to itself with a cookie", Truth.OPEN, same)
TOGETHER = Fault("redirect to one page for all", Truth.OPEN, same)
STATUS_AND_DATA = Fault("redirect to an error page with the data", Truth.OPEN, same)
PART = Fault("redirect to an error page with a part", Truth.LEAKS, same)
FAULTS = (INTERNAL, WITH_COOKIE, TOGETHER, STATUS_AND_DATA, PART)
WHOLE = (INTERNAL, WITH_COOKIE, TOGETHER, STATUS_AND_DATA)
PLACES = {
    INTERNAL: (307, "/internal{path}"),
    WITH_COOKIE: (302, "{path}"),
    TOGETHER: (302, "/internal/all"),
    STATUS_AND_DATA: (303, "/oops{path}"),
    PART: (302, "/oops{path}"),
}


def redirected(fault: Fault, path: str) -> Reply:
    """Return the redirect with which a fault begins."""
    status, place = PLACES[fault]
    cookie = (("set-cookie", f"{COOKIE}; Path=/"),) if fault is WITH_COOKIE else ()
    return Reply(status, NOTHING, (("location", place.format(path=path)), *cookie))
