"""What answers hand out that a client may send back as a credential. Pure.

Of answers to valid certificates a value counts by its name, such as ``X-Auth-Token``, or by its form: long, random,
another one for each caller or each answer, and not in the answers to the anonymous client. Cookies count whatever their
form is, and parameters of links if each link has another one. Of answers to the anonymous client, refusals too, a value
counts by its name, and random members do. Of a list the first element counts; of links those that lead to an operation.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.sharing.answer_texts import TOKEN, texts_of, texts_of_elements
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.redirect import cookies_of
from specdrift.model.secrets import HIDDEN, names_a_credential

ANSWERED = range(200, 400)
"""Statuses of answers that hand something out: many logins end with a redirect."""
SIGNATURES = ("sig", "signature", "hmac")
"""How names of parameters of signed links end, in small letters without signs."""
SHORTEST_RANDOM = 16
FEWEST_CHANGES = 4
MOST_CHOICES = 4
"""Different values of a cookie that is no session's: each answer may have another one of them."""
"""Changes between small letters, capitals and digits in a random value."""
OF_LINKS = ("link", "location", "content-location", "refresh")
"""Fields of a response with URI references (RFC 8288, RFC 9110 §8.7 and §10.2.2)."""
HREF = re.compile(r"""\b(?:href|src|action)\s{0,3}=\s{0,3}["']([^"'<>\s]{1,2000})["']""", re.IGNORECASE)
LINKED = re.compile(r"(?:https?://[^/?#\s]{1,300})?[/?][^\s<>\"']{0,2000}")
"""A URI reference with a path or a query."""
PLACE, WHOLE = "{}", "answer"
"""Stands for a value in what it is part of; the name of an answer that is one value."""
LONGEST_SCHEME = len("negotiate ")
OF_A_FIELD = re.compile(r"[<>,;=\s]{1,9}(?=/|https?:)|[<>,\s]{1,9}")
"""Between the links of a header field."""
PARAMETERS = re.compile(r";[^/]*")
"""Of a path (RFC 3986 §3.3)."""
ALPHANUMERIC = re.compile(r"[A-Za-z0-9]+")


class Part(StrEnum):
    """Where an answer has a value."""

    COOKIE = "cookie"
    FIELD = "field"
    MEMBER = "member"
    """A member of a JSON object, or the whole text."""
    QUERY = "query"
    """A parameter in the query of a link to the same origin."""
    PATH = "path"
    """A parameter in the path of such a link: ``/orders;jsessionid=…``."""
    LINK = "link"
    """A whole link with a random segment."""


class IssuedValue(Struct, frozen=True):
    """One value of an answer."""

    part: Part
    name: str
    content: str
    frame: str = PLACE
    """What it is part of: the value of a field with a scheme, or a link."""
    further: tuple[str, ...] = ()
    """Other values of a cookie that has few: a variant, a group, a language."""
    path: str = ""
    """Where a link leads that it is a parameter of, without path parameters."""
    beside: tuple[tuple[str, str], ...] = ()
    """The other parameters in the query of that link: what a signature is made of."""
    element: int = 0
    """The number of the element of a list that has it, from 1; 0 in no list."""

    def framed(self, text: str) -> str:
        """Return the field's value or the link with another text."""
        return self.frame.replace(PLACE, text, 1)


Issued = Mapping[Part, Mapping[str, IssuedValue]]
"""The values for one operation, those with the name of a credential first."""
Label = tuple[Part, str]
Spot = tuple[Part, str, str]
"""A label, and where the link leads that has the value."""


def is_random(text: str) -> bool:
    """Return whether a text looks drawn: no word, number, date or name of several words."""
    plain = "".join(filter(str.isalnum, text))
    changes = sum(_kind(one) != _kind(other) for one, other in pairwise(plain))
    has_digit = any(map(str.isdigit, plain))
    return has_digit and len(plain) >= SHORTEST_RANDOM and changes >= max(FEWEST_CHANGES, len(plain) // 6)


def _kind(character: str) -> int:
    return character.isdigit() + 2 * character.isupper()


def made_up(value: str, nonce: str) -> str:
    """Return another value of the same form; of a text that is not random, one that was certainly never issued."""
    if not is_random(value):
        return f"{nonce}{value[::-1]}"
    *kept, last = value.split(".")
    return ".".join((*kept, ALPHANUMERIC.sub(_other, last)))


def _other(found: re.Match[str]) -> str:
    """Return as many characters of the same kinds: the next digit for each, in reverse order."""
    return "".join(str((int(one) + 1) % 10) if one.isdigit() else one for one in reversed(found[0]))


@lru_cache(maxsize=4096)
def values_in(http: HttpFacts, authority: str) -> tuple[IssuedValue, ...]:
    """Return what an answer has that may be a credential. ``authority``: of the target, for links to it."""
    found = [IssuedValue(Part.COOKIE, name, text) for name, text in cookies_of(http).items()]
    # The last value of a name counts: of the elements of a list that is the first one.
    elements = [*texts_of_elements(http.body_excerpt)][::-1]
    texts = [
        *((index + 1, name, text) for index, name, text in elements),
        *((0, name, text) for name, text in texts_of(http.body_excerpt)),
    ]
    links = [(index, text) for index, _, text in texts if LINKED.fullmatch(text)]
    for name, content in http.headers:
        if name in OF_LINKS:
            links += ((0, each) for each in OF_A_FIELD.split(content))
        elif name != "set-cookie" and not name.startswith(":"):
            scheme, space, text = content.rpartition(" ")
            if len(scheme + space) <= LONGEST_SCHEME:
                found += _credential(IssuedValue(Part.FIELD, name, text, scheme + space + PLACE))
    for index, name, text in (*texts, (0, WHOLE, http.body_excerpt.strip().strip('"'))):
        found += _credential(IssuedValue(Part.MEMBER, name, text, element=index))
    if http.shape.kind == "html":
        links += ((0, each) for each in HREF.findall(http.body_excerpt))
    for index, link in dict.fromkeys(links):
        found += (replace(value, element=index) for value in _in_link(link, authority))
    return tuple(found)


def _credential(value: IssuedValue) -> list[IssuedValue]:
    is_one = TOKEN.fullmatch(value.content) and (is_named(value) or is_random(value.content))
    return [value] if is_one else []


def is_named(value: IssuedValue) -> bool:
    """Return whether the name of a value is that of a credential."""
    plain = "".join(filter(str.isalnum, value.name)).lower()
    return names_a_credential(value.name) or (value.part is Part.QUERY and plain.endswith(SIGNATURES))


def _in_link(link: str, authority: str) -> Iterator[IssuedValue]:
    """Yield the values in a link to the same origin."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return
    if not LINKED.fullmatch(link) or parts.netloc not in ("", authority):
        return
    pairs, path = parse_qsl(parts.query), PARAMETERS.sub("", parts.path)
    values = [value for pair in pairs for value in _credential(IssuedValue(Part.QUERY, *pair, path=path))]
    secret = {value.name for value in values}
    beside = tuple(pair for pair in pairs if pair[0] not in secret)
    yield from (replace(value, beside=beside) for value in values)
    for segment in parts.path.split("/"):
        plain, *parameters = segment.split(";")
        for each in parameters:
            name, _, text = each.partition("=")
            yield from _credential(IssuedValue(Part.PATH, name, text, path=path))
        if is_random(plain):
            frame = parts.path.replace(segment, PLACE)
            yield IssuedValue(Part.LINK, frame, segment, f"{frame}?{parts.query}" if parts.query else frame)


class IssuedCredentials(Struct, frozen=True, dict=True):
    """What one identity was given, by the operation that gave it."""

    owner: ClientIdentity
    by_operation: Mapping[OperationKey, Mapping[Spot, IssuedValue]]

    @cached_property
    def _of_any(self) -> Mapping[Label, IssuedValue]:
        """What any operation gave, but whole links: these are sent to the operation only that gave them."""
        return {
            (value.part, value.name): value
            for values in self.by_operation.values()
            for value in values.values()
            if value.part is not Part.LINK
        }

    @cached_property
    def _by_path(self) -> Mapping[str, Mapping[Label, IssuedValue]]:
        """What links have, by the path that they lead to."""
        found: dict[str, dict[Label, IssuedValue]] = defaultdict(dict)
        for value in (one for values in self.by_operation.values() for one in values.values() if one.path):
            found[value.path][value.part, value.name] = value
        return found

    def on(self, planned: PlannedOperation) -> Issued:
        """Return the values for an operation: those of links to it, then its own, then those of others."""
        own = {(value.part, value.name): value for value in self.by_operation.get(planned.key, {}).values()}
        values = {**self._of_any, **own, **self._by_path.get(_path(planned), {})}
        chosen: dict[Part, dict[str, IssuedValue]] = defaultdict(dict)
        for (part, name), value in sorted(values.items(), key=_order):
            chosen[part][name] = value
        return chosen

    def has_link_to(self, planned: PlannedOperation) -> bool:
        """Return whether a link with a value leads to the operation."""
        return _path(planned) in self._by_path


def _path(planned: PlannedOperation) -> str:
    return planned.request.target.partition("?")[0]


def leads_to(planned: PlannedOperation, value: IssuedValue) -> bool:
    """Return whether a value is a parameter of a link to the resource that an operation's request names."""
    return value.path == _path(planned)


def _order(item: tuple[Label, IssuedValue]) -> tuple[bool, str]:
    return not names_a_credential(item[0][1]), item[0][1]


def issued(context: PlanContext, log: ExchangeLog) -> tuple[IssuedCredentials, ...]:
    """Return what each valid identity was given."""
    given = [(identity, _given(identity, context, log)) for identity in context.accepted]
    texts: dict[tuple[OperationKey, Label, int], set[str]] = defaultdict(set)
    for _, values in given:
        for key, value in values:
            texts[_compared(key, value)].add(value.content)
    to_anyone = _labels_of_anonymous(context, log)
    cookies = {label[1] for _, label, _ in texts if label[0] is Part.COOKIE}
    choices = _choices_of(cookies, log) if cookies else {}

    def counts(key: OperationKey, value: IssuedValue) -> bool:
        named = value.part is Part.COOKIE or (value.part is not Part.LINK and is_named(value))
        return named or (len(texts[_compared(key, value)]) > 1 and (value.part, value.name) not in to_anyone)

    return tuple(
        IssuedCredentials(identity, by_operation)
        for identity, values in given
        if (by_operation := _usable(values, counts, choices))
    )


def _compared(key: OperationKey, value: IssuedValue) -> tuple[OperationKey, Label, int]:
    """Return what values have in common that are another one for each caller or answer: elements of a list differ.

    Links differ by the parameters that are made for each of them.
    """
    return key, (value.part, value.name), 0 if value.part in (Part.QUERY, Part.PATH) else value.element


def _choices_of(names: Collection[str], log: ExchangeLog) -> dict[str, tuple[str, ...]]:
    """Return the values of these cookies in all answers, of those that have few, in the order of the answers."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for exchange in log.by_id.values():
        http = exchange.observation.http
        for name, text in cookies_of(http).items() if http else ():
            if name in names and text and HIDDEN not in text and len(found[name]) <= MOST_CHOICES:
                found[name][text] = None
    return {name: tuple(texts) for name, texts in found.items() if 1 < len(texts) <= MOST_CHOICES}


def _usable(
    values: list[tuple[OperationKey, IssuedValue]],
    counts: Callable[[OperationKey, IssuedValue], bool],
    choices: Mapping[str, tuple[str, ...]],
) -> dict[OperationKey, dict[Spot, IssuedValue]]:
    """Return the last value of each name, as a server may replace the earlier ones; of cookies with few values all."""
    found: dict[OperationKey, dict[Spot, IssuedValue]] = defaultdict(dict)
    for key, value in values:
        if counts(key, value) and HIDDEN not in value.content:
            few = choices.get(value.name, ()) if value.part is Part.COOKIE else ()
            kept = replace(value, content=few[0], further=few[1:]) if few else value
            found[key].pop(spot := (value.part, value.name, value.path), None)
            found[key][spot] = kept
    return found


def _given(
    identity: ClientIdentity, context: PlanContext, log: ExchangeLog
) -> list[tuple[OperationKey, IssuedValue]]:
    """Return the values by operation; of open operations only what the anonymous client gets none of."""
    found = []
    for planned in context.operations:
        if must_be_admitted(identity, planned) or planned.admits_anonymous:
            values = _values_to(identity, planned, context, log)
            others = _values_to(ANONYMOUS, planned, context, log) if planned.admits_anonymous else []
            public = {(value.part, value.name) for value in others}
            found += [(planned.key, value) for value in values if (value.part, value.name) not in public]
    return found


def _values_to(
    identity: ClientIdentity,
    planned: PlannedOperation,
    context: PlanContext,
    log: ExchangeLog,
    *,
    refusals: bool = False,
) -> list[IssuedValue]:
    return [
        value
        for exchange in log.of(CERTIFICATE, planned.key, identity.name)
        if (http := exchange.observation.http) is not None and (refusals or http.status in ANSWERED)
        for value in values_in(http, context.endpoint.authority)
    ]


def given_to_anyone(context: PlanContext, log: ExchangeLog) -> tuple[IssuedCredentials, ...]:
    """Return what refusals and open operations give the anonymous client: one or none.

    Its cookies and the targets of redirects have requests of their own.
    """
    found: dict[OperationKey, dict[Spot, IssuedValue]] = defaultdict(dict)
    for planned in context.operations:
        for value in _values_to(ANONYMOUS, planned, context, log, refusals=True):
            named = (value.part is Part.MEMBER and not value.element) or is_named(value)
            if named and value.part not in (Part.COOKIE, Part.LINK) and HIDDEN not in value.content:
                found[planned.key][value.part, value.name, value.path] = value
    return (IssuedCredentials(ANONYMOUS, found),) if found else ()


def _labels_of_anonymous(context: PlanContext, log: ExchangeLog) -> frozenset[Label]:
    """Return what answers to the anonymous client have too, whatever their status is."""
    found: set[Label] = set()
    for planned in context.operations:
        for exchange in log.of(CERTIFICATE, planned.key, ANONYMOUS.name):
            if (http := exchange.observation.http) is not None:
                found |= {(Part.FIELD, name) for name, _ in http.headers}
                found |= {(Part.MEMBER, name) for name, _ in texts_of(http.body_excerpt)}
                found |= {(Part.MEMBER, name) for _, name, _ in texts_of_elements(http.body_excerpt)}
    return frozenset(found)
