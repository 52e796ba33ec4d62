"""Requests with what the API's own answers hand out: cursors of further pages, sessions and tokens. Pure.

The handler of a further page may lack the guard of the first. A session or token that an open operation hands out may
pass a guard that accepts any.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from urllib.parse import parse_qs, quote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.sharing.answer_texts import DEEPEST, TOKEN, parsed, plain_name, texts_of
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.redirect import cookies_of, with_cookies

Named = Iterator[tuple[str, Request]]
MOST = 2
"""Further pages of an operation."""
NEXT = "next"
"""Begins the name of a member with the place of the next page (RFC 8288 §3.3, registered relation ``next``)."""
CURSORS = ("string", "", "integer")
"""Types of parameters that may take what names an element; the last one takes a number."""
LONGEST = 2000
"""Characters of a value; longer ones do not fit into a request target everywhere."""
TOKENS = ("accesstoken", "token", "authtoken", "bearertoken", "sessiontoken", "jwt", "idtoken")
"""Members with a token (RFC 6749 §5.1), in small letters without signs; the first that an answer has is sent."""
TOKEN_FIELDS = ("authorization", "x-auth-token", "x-access-token", "x-session-token")
"""Fields of a response in which servers hand out tokens, and expect them in requests."""
REFRESH = re.compile(r"""\s*\d*\.?\d*\s*[;,]\s*(?:url\s*=\s*)?["']?([^"'\s>]+)""", re.IGNORECASE)
"""The target of a Refresh field, or of a ``meta`` element that stands for one (HTML, shared declarative refresh)."""
META = re.compile(
    r"""<meta\b[^>]*?\bhttp-equiv\s*=\s*["']?refresh\b[^>]*?\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')""",
    re.IGNORECASE,
)
Field = tuple[str, str]


def further_pages(planned: PlannedOperation, log: ExchangeLog) -> Named:
    """Yield the operation with a value of an optional parameter that the answer to a valid certificate has."""
    sent = parse_qs(planned.request.target.partition("?")[2], keep_blank_values=True)
    wanted = [
        declared
        for declared in planned.operation.inputs
        if declared.place is Place.QUERY and declared.name not in sent and not declared.constraint.allowed
    ]
    answer = _answer(planned, log) if wanted and planned.request.method == "GET" else None
    if answer is None:
        return
    mark = "&" if sent else "?"
    linked = dict(_values(wanted, answer))
    after = ((one, value) for one, value in _cursors(wanted, answer) if one not in linked)
    for declared, value in islice(chain(linked.items(), after), MOST):
        parameter = f"{quote(declared.name, safe='')}={quote(value, safe='')}"
        yield (
            f"{declared.name} of the next page",
            planned.request.to(f"{planned.request.target}{mark}{parameter}"),
        )


def _answer(planned: PlannedOperation, log: ExchangeLog) -> HttpFacts | None:
    """Return the first success of a valid certificate."""
    for identity in log.identities.values():
        for exchange in log.of(CERTIFICATE, planned.key, identity.name) if identity.is_control else ():
            http = exchange.observation.http
            if http is not None and 200 <= http.status < 300:
                return http
    return None


def _values(wanted: Iterable[Input], http: HttpFacts) -> Iterator[tuple[Input, str]]:
    texts = list(texts_of(http.body_excerpt))
    links = [text for _, text in texts if "?" in text]
    links += [
        part.partition(">")[0] for name, value in http.headers if name == "link" for part in value.split("<")
    ]
    queries = [parse_qs(urlsplit(link).query) for link in links if _is_link(link)]
    for declared in wanted:
        linked = [values[0] for query in queries for name, values in query.items() if name == declared.name]
        named = [text for name, text in texts if _names(name, declared) and not _is_link(text)]
        for value in dict.fromkeys((*linked, *named)):
            if value and len(value) <= LONGEST:
                yield declared, value
                break


def _cursors(wanted: Iterable[Input], http: HttpFacts) -> Iterator[tuple[Input, str]]:
    """Yield parameters with what names the last element of the page: ``after`` of APIs whose cursors are elements.

    It is the first member that no two elements have in common.
    """
    elements = elements_of(parsed(http.body_excerpt))
    for name in elements[-1] if len(elements) > 1 else ():
        values = [each.get(name) for each in elements]
        texts = {str(value) for value in values if isinstance(value, str | int)}
        if len(texts) == len(elements):
            last = str(values[-1])
            usable = (
                one for one in wanted if one.constraint.type in (CURSORS if last.isdigit() else CURSORS[:2])
            )
            yield from ((one, last) for one in usable if not one.constraint.pattern and len(last) <= LONGEST)
            return


def elements_of(tree: object) -> list[dict[str, object]]:
    """Return the longest list of objects in a JSON value, of those that are in no other list."""
    waiting = [(tree, 0)]
    longest: list[dict[str, object]] = []
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, dict) and depth < DEEPEST:
            waiting += [(one, depth + 1) for one in islice(node.values(), 60)]
        elif isinstance(node, list):
            objects = [one for one in node if isinstance(one, dict)]
            longest = max(longest, objects, key=len)
    return longest


def _is_link(text: str) -> bool:
    return text.startswith(("/", "?", "http://", "https://")) and "[" not in text


def _names(member: str, declared: Input) -> bool:
    """Return whether a member has the value of a parameter for the next page: ``nextCursor`` of ``cursor``."""
    member, name = plain_name(member), plain_name(declared.name)
    return bool(name) and member.endswith(name) and member.startswith(NEXT)


def refreshed(planned: PlannedOperation, log: ExchangeLog) -> Named:
    """Yield the request to which a refusal sends browsers without the status of a redirect, on the same origin."""
    if planned.request.method != "GET":
        return
    for exchange in log.of(CERTIFICATE, planned.key, ANONYMOUS.name)[:1]:
        http = exchange.observation.http
        target = _refresh_target(http) if http is not None else ""
        if target and target != planned.request.target:
            yield f"the page of Refresh, {target}", planned.request.to(target)


def _refresh_target(http: HttpFacts) -> str:
    meta = META.search(http.body_excerpt)
    for text in (http.header("refresh"), (meta[1] or meta[2]) if meta else ""):
        found = REFRESH.match(text)
        if found and re.fullmatch(r"/(?!/)[\x21-\x7e]*", found[1]) and len(found[1]) <= LONGEST:
            return found[1].partition("#")[0]
    return ""


class HandedOut(Struct, frozen=True):
    """What open operations hand out to an anonymous client."""

    cookies: dict[str, str]
    setter: str
    """The first operation that sets cookies; empty if none does."""
    tokens: tuple[tuple[OperationKey, Field], ...]
    """The fields in which tokens are sent back, each with the operation that handed it out."""


def handed_out(operations: Iterable[PlannedOperation], log: ExchangeLog) -> HandedOut:
    """Read the first answers of the open operations to an anonymous client."""
    opened = [planned for planned in operations if planned.admits_anonymous]
    setters = {str(planned.key): cookies for planned in opened if (cookies := _cookies(planned, log))}
    tokens = ((planned.key, field) for planned in opened if (field := _token(planned, log)))
    cookies = dict(chain.from_iterable(each.items() for each in setters.values()))
    return HandedOut(cookies, next(iter(setters), ""), tuple(islice(tokens, MOST)))


def sessions(planned: PlannedOperation, handed: HandedOut, log: ExchangeLog) -> Named:
    """Yield the operation with what open operations hand out, and its own refusal: cookies, and each token.

    Not where the document has an alternative without a certificate: a session may be what that requires.
    """
    if planned.operation.requirement.demand is not Demand.REQUIRED:
        return
    if handed.cookies:
        yield f"the cookies that {handed.setter} sets", with_cookies(planned.request, handed.cookies)
    own = _cookies(planned, log)
    if own and not own.keys() <= handed.cookies.keys():
        yield "the cookies that its refusal sets", with_cookies(planned.request, own)
    for key, field in handed.tokens:
        yield f"the token that {key} hands out", _with_field(planned.request, field)


def _cookies(planned: PlannedOperation, log: ExchangeLog) -> dict[str, str]:
    """Return the cookies of the first answer to an anonymous client."""
    http = _to_anonymous(planned, log)
    return cookies_of(http) if http is not None else {}


def _token(planned: PlannedOperation, log: ExchangeLog) -> Field | None:
    """Return the field in which the token of the first answer to an anonymous client is sent back."""
    http = _to_anonymous(planned, log)
    if http is None or not 200 <= http.status < 300:
        return None
    for name, value in http.headers:
        scheme, _, token = value.rpartition(" ")
        if name in TOKEN_FIELDS and TOKEN.fullmatch(token):
            return name.title(), f"{scheme or 'Bearer'} {token}" if name == "authorization" else value
    texts = {plain_name(name): text for name, text in reversed(list(texts_of(http.body_excerpt)))}
    tokens = (texts[name] for name in TOKENS if TOKEN.fullmatch(texts.get(name, "")))
    return next((("Authorization", f"Bearer {token}") for token in tokens), None)


def _with_field(request: Request, field: Field) -> Request:
    """Return the request with this field in the place of others of its name."""
    others = (other for other in request.headers if other[0].lower() != field[0].lower())
    return replace(request, headers=(*others, field))


def _to_anonymous(planned: PlannedOperation, log: ExchangeLog) -> HttpFacts | None:
    """Return the first answer to an anonymous client."""
    exchanges = log.of(CERTIFICATE, planned.key, ANONYMOUS.name)
    return next((e.observation.http for e in exchanges if e.observation.http is not None), None)
