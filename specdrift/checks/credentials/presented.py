"""The requests of an anonymous client with what a valid certificate was given, in the places of credentials. Pure."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.core.credential_places import BEARER, CredentialPlace, with_credential
from specdrift.checks.credentials.issued_values import Issued, IssuedValue, Part, leads_to
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.redirect import with_cookies
from specdrift.model.secrets import names_a_credential

MOST_IN_ONE_REQUEST = 8
TOKEN_SCHEME = CredentialPlace(words="as a token", header="Authorization", prefix="Token ")
"""The scheme of frameworks whose tokens are not those of RFC 6750."""
BASIC = CredentialPlace(words="as user and password", header="Authorization", prefix="Basic ")
OF_COOKIES, OF_FIELDS, OF_QUERY, OF_PATH, OF_LINK = "session-cookie", "fields", "query", "path", "link"
COOKIE_WAYS = (OF_COOKIES, "session-cookie-2", "session-cookie-3", "session-cookie-4")
"""The cookies, and further values of those that have few."""
BEARERS, WITH_TOKEN_SCHEME = ("bearer", "bearer-2"), "token-scheme"
BY_NAME, MEMBER_IN_QUERY = "by-name", "member-in-query"
WORDS = {
    OF_COOKIES: "the cookies",
    COOKIE_WAYS[1]: "another value of the cookies",
    COOKIE_WAYS[2]: "a third value of the cookies",
    COOKIE_WAYS[3]: "a fourth value of the cookies",
    OF_FIELDS: "the header fields",
    OF_QUERY: "the query of a link",
    OF_PATH: "the path parameters of a link",
    OF_LINK: "a link",
    BEARERS[0]: "a token",
    BEARERS[1]: "another token",
    WITH_TOKEN_SCHEME: "a token in the scheme Token",
    BY_NAME: "a token in fields and cookies of its name",
    MEMBER_IN_QUERY: "a token in the query",
}
"""What an anonymous client sends in each way, for people."""
USUAL_FIELD = "X-Auth-Token"
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9]+")
Values = Mapping[str, IssuedValue]
Change = Callable[[str], str]


class Presented(Struct, frozen=True):
    """A request with issued values in one kind of place."""

    way: str
    """The same on all operations."""
    names: tuple[str, ...]
    """Names of the fields, cookies and parameters that have the values."""
    request: Request
    fields: tuple[str, ...] = ()
    """Names of the header fields that are added."""

    @property
    def words(self) -> str:
        """What is sent, for people."""
        return WORDS[self.way]


def presented(planned: PlannedOperation, issued: Issued, change: Change = str) -> Iterator[Presented]:
    """Yield the operation's request with the values; ``change`` makes other values of them."""
    request, nothing = planned.request, dict[str, IssuedValue]()
    cookies, fields, members = (issued.get(part, nothing) for part in (Part.COOKIE, Part.FIELD, Part.MEMBER))
    yield from _in_cookies(request, cookies, change)
    if fields:
        yield _in_fields(request, fields, change)
    yield from _as_authorization(request, members or fields, change)
    if members:
        yield _by_name(request, members, change)
        pairs = {
            name: change(value.content) for name, value in _few(members).items() if names_a_credential(name)
        }
        if pairs:
            yield Presented(MEMBER_IN_QUERY, tuple(pairs), _with_query(request, pairs))
    yield from _of_links(planned, issued, change)


def _few(values: Values) -> Values:
    return dict([*values.items()][:MOST_IN_ONE_REQUEST])


def _in_cookies(request: Request, cookies: Values, change: Change) -> Iterator[Presented]:
    """Send all cookies at once, then with each further value of those that have few."""
    most = max((len(value.further) for value in cookies.values()), default=-1)
    for turn, way in enumerate(COOKIE_WAYS[: most + 1]):
        sent = {name: change(_of_turn(value, turn)) for name, value in cookies.items()}
        yield Presented(way, tuple(cookies), with_cookies(request, sent), ("Cookie",))


def _of_turn(value: IssuedValue, turn: int) -> str:
    values = (value.content, *value.further)
    return values[min(turn, len(values) - 1)]


def _in_fields(request: Request, values: Values, change: Change) -> Presented:
    fields = {name.title(): value.framed(change(value.content)) for name, value in _few(values).items()}
    return Presented(OF_FIELDS, tuple(fields), _with_fields(request, fields), tuple(fields))


def _as_authorization(request: Request, values: Values, change: Change) -> Iterator[Presented]:
    named = [value for name, value in values.items() if names_a_credential(name)]
    for way, value in zip(BEARERS, named or values.values(), strict=False):
        place = BASIC if _is_user_and_password(value.content) else BEARER
        yield _in_authorization(way, request, place, change(value.content))
    first = next(iter(named or values.values()), None)
    if first is not None and first.part is Part.MEMBER:
        yield _in_authorization(WITH_TOKEN_SCHEME, request, TOKEN_SCHEME, change(first.content))


def _in_authorization(way: str, request: Request, place: CredentialPlace, text: str) -> Presented:
    names = (f"Authorization: {place.prefix.strip()}",)
    return Presented(way, names, with_credential(request, (place,), text), ("Authorization",))


def _is_user_and_password(text: str) -> bool:
    """Return whether a value is what the scheme Basic takes (RFC 7617 §2)."""
    try:
        return ":" in base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False


def _by_name(request: Request, values: Values, change: Change) -> Presented:
    """Send members in fields and cookies of their names, and the first one in the usual field."""
    fields: dict[str, str] = {}
    for name, value in _few(values).items():
        field = UNSAFE_IN_A_NAME.sub("-", CAPITAL.sub("-", name)).strip("-").title() or USUAL_FIELD
        fields |= {USUAL_FIELD: fields.get(USUAL_FIELD, change(value.content))}
        fields |= {field: change(value.content), f"X-{field.removeprefix('X-')}": change(value.content)}
    fields.pop("Authorization", None)
    cookies = {
        name: change(value.content)
        for name, value in _few(values).items()
        if re.fullmatch(r"[\w.-]{1,80}", name)
    }
    sent = with_cookies(_with_fields(request, fields), cookies)
    return Presented(BY_NAME, (*fields, *cookies), sent, (*fields, "Cookie"))


def _of_links(planned: PlannedOperation, issued: Issued, change: Change) -> Iterator[Presented]:
    request = planned.request
    if query := issued.get(Part.QUERY):
        pairs = {name: change(value.content) for name, value in _few(query).items()}
        beside = dict(pair for value in query.values() if leads_to(planned, value) for pair in value.beside)
        yield Presented(OF_QUERY, tuple(pairs), _with_query(request, {**beside, **pairs}))
    if path := issued.get(Part.PATH):
        pairs = {name: change(value.content) for name, value in _few(path).items()}
        before, mark, after = request.target.partition("?")
        parameters = "".join(f";{name}={value}" for name, value in pairs.items())
        target = f"{before}{parameters}{mark}{after}"
        yield Presented(OF_PATH, tuple(pairs), request.to(target))
    for value in [*issued.get(Part.LINK, {}).values()][:1]:
        sent = request.to(value.framed(change(value.content)), method="GET")
        yield Presented(OF_LINK, (), sent)


def _with_fields(request: Request, fields: Mapping[str, str]) -> Request:
    """Return the request with these fields in the place of others of their names."""
    names = {name.lower() for name in fields}
    others = (field for field in request.headers if field[0].lower() not in names)
    return replace(request, headers=(*others, *fields.items()))


def _with_query(request: Request, pairs: Mapping[str, str]) -> Request:
    path, _, query = request.target.partition("?")
    written = {quote(name, safe=""): quote(value, safe="") for name, value in pairs.items()}
    kept = (each for each in query.split("&") if each and each.partition("=")[0] not in written)
    return request.to(f"{path}?{'&'.join((*kept, *(f'{name}={value}' for name, value in written.items())))}")
