"""What answers hand out that a client may send back as a credential. Pure.

Of answers to valid certificates a value counts by its name, such as ``X-Auth-Token``, or by its form: long, random,
another one for each caller or each answer, and not in the answers to the anonymous client. Cookies count whatever their
form is. Of answers to the anonymous client, refusals too, it counts by its name, and random members do.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.sharing.answer_texts import TOKEN, texts_of
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.redirect import cookies_of
from specdrift.model.secrets import HIDDEN, names_a_credential

ANSWERED = range(200, 400)
"""Statuses of answers that hand something out: many logins end with a redirect."""
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


@dataclass(frozen=True, slots=True)
class IssuedValue:
    """One value of an answer."""

    part: Part
    name: str
    content: str
    frame: str = PLACE
    """What it is part of: the value of a field with a scheme, or a link."""
    further: tuple[str, ...] = ()
    """Other values of a cookie that has few: a variant, a group, a language."""

    def framed(self, text: str) -> str:
        """Return the field's value or the link with another text."""
        return self.frame.replace(PLACE, text, 1)


Issued = Mapping[Part, Mapping[str, IssuedValue]]
"""The values for one operation, those with the name of a credential first."""
Label = tuple[Part, str]


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
    texts = list(texts_of(http.body_excerpt))
    links = [text for _, text in texts if LINKED.fullmatch(text)]
    for name, content in http.headers:
        if name in OF_LINKS:
            links += re.split(r"[<>,;=\s]{1,9}(?=/|https?:)|[<>,\s]{1,9}", content)
        elif name != "set-cookie" and not name.startswith(":"):
            scheme, space, text = content.rpartition(" ")
            if len(scheme + space) <= LONGEST_SCHEME:
                found += _credential(IssuedValue(Part.FIELD, name, text, scheme + space + PLACE))
    for name, text in (*texts, (WHOLE, http.body_excerpt.strip().strip('"'))):
        found += _credential(IssuedValue(Part.MEMBER, name, text))
    if http.shape.kind == "html":
        links += HREF.findall(http.body_excerpt)
    for link in dict.fromkeys(links):
        found += _in_link(link, authority)
    return tuple(found)


def _credential(value: IssuedValue) -> list[IssuedValue]:
    is_one = TOKEN.fullmatch(value.content) and (names_a_credential(value.name) or is_random(value.content))
    return [value] if is_one else []


def _in_link(link: str, authority: str) -> Iterator[IssuedValue]:
    """Yield the values in a link to the same origin."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return
    if not LINKED.fullmatch(link) or parts.netloc not in ("", authority):
        return
    for name, text in parse_qsl(parts.query):
        yield from _credential(IssuedValue(Part.QUERY, name, text))
    for segment in parts.path.split("/"):
        plain, *parameters = segment.split(";")
        for each in parameters:
            name, _, text = each.partition("=")
            yield from _credential(IssuedValue(Part.PATH, name, text))
        if is_random(plain):
            path = parts.path.replace(segment, PLACE)
            yield IssuedValue(Part.LINK, path, segment, f"{path}?{parts.query}" if parts.query else path)


@dataclass(frozen=True)
class IssuedCredentials:
    """What one identity was given, by the operation that gave it."""

    owner: ClientIdentity
    by_operation: Mapping[OperationKey, Mapping[Label, IssuedValue]]

    def on(self, planned: PlannedOperation) -> Issued:
        """Return the values for an operation: its own, and those of others that it does not give. Links are its own."""
        own = self.by_operation.get(planned.key, {})
        others = {
            label: value
            for values in self.by_operation.values()
            for label, value in values.items()
            if value.part is not Part.LINK
        }
        chosen: dict[Part, dict[str, IssuedValue]] = defaultdict(dict)
        for (part, name), value in sorted({**others, **own}.items(), key=_order):
            chosen[part][name] = value
        return chosen


def _order(item: tuple[Label, IssuedValue]) -> tuple[bool, str]:
    return not names_a_credential(item[0][1]), item[0][1]


def issued(context: PlanContext, log: ExchangeLog) -> tuple[IssuedCredentials, ...]:
    """Return what each valid identity was given."""
    given = [(identity, _given(identity, context, log)) for identity in context.accepted]
    texts: dict[tuple[OperationKey, Label], set[str]] = defaultdict(set)
    for _, values in given:
        for key, value in values:
            texts[key, (value.part, value.name)].add(value.content)
    to_anyone = _labels_of_anonymous(context, log)
    cookies = {label[1] for _, label in texts if label[0] is Part.COOKIE}
    choices = _choices_of(cookies, log) if cookies else {}

    def counts(key: OperationKey, value: IssuedValue) -> bool:
        label = value.part, value.name
        named = value.part is Part.COOKIE or (value.part is not Part.LINK and names_a_credential(value.name))
        return named or (len(texts[key, label]) > 1 and label not in to_anyone)

    return tuple(
        IssuedCredentials(identity, by_operation)
        for identity, values in given
        if (by_operation := _usable(values, counts, choices))
    )


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
) -> dict[OperationKey, dict[Label, IssuedValue]]:
    """Return the last value of each name, as a server may replace the earlier ones; of cookies with few values all."""
    found: dict[OperationKey, dict[Label, IssuedValue]] = defaultdict(dict)
    for key, value in values:
        if counts(key, value) and HIDDEN not in value.content:
            few = choices.get(value.name, ()) if value.part is Part.COOKIE else ()
            kept = replace(value, content=few[0], further=few[1:]) if few else value
            found[key][value.part, value.name] = kept
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
    found: dict[OperationKey, dict[Label, IssuedValue]] = defaultdict(dict)
    for planned in context.operations:
        for value in _values_to(ANONYMOUS, planned, context, log, refusals=True):
            named = value.part is Part.MEMBER or names_a_credential(value.name)
            if named and value.part not in (Part.COOKIE, Part.LINK) and HIDDEN not in value.content:
                found[planned.key][value.part, value.name] = value
    return (IssuedCredentials(ANONYMOUS, found),) if found else ()


def _labels_of_anonymous(context: PlanContext, log: ExchangeLog) -> frozenset[Label]:
    """Return what answers to the anonymous client have too, whatever their status is."""
    found: set[Label] = set()
    for planned in context.operations:
        for exchange in log.of(CERTIFICATE, planned.key, ANONYMOUS.name):
            if (http := exchange.observation.http) is not None:
                found |= {(Part.FIELD, name) for name, _ in http.headers}
                found |= {(Part.MEMBER, name) for name, _ in texts_of(http.body_excerpt)}
    return frozenset(found)
