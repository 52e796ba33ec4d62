"""A server generated from a seed: its operations, their data, its refusals and its faults."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from operator import itemgetter
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from specdrift.body.content import content_of
from specdrift.body.markup import excerpt_of
from specdrift.body.shape import shape_of
from specdrift.body.values import values_of
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.policy import UnsafeMethods
from tests.checks.plan_builders import ALICE, BOB
from tests.generated import redirects
from tests.generated.data import FORMATS, Body, Record, another_page, as_file, lengthened, record, renumbered
from tests.generated.denials import RefusedRequest, chosen
from tests.generated.faults import (
    ANOTHER_PAGE,
    FAULTS,
    FLAG,
    MOVED,
    OTHER_NUMBERS,
    ROLE,
    WHOLE,
    Fault,
    Reply,
    Truth,
)
from tests.generated.habits import Habits
from tests.generated.redirects import COOKIE, Refusing, redirected
from tests.generated.vocabulary import LANGUAGES, NOUNS

SHARE = 0.35
"""Share of operations with a fault, and of these with one that begins with a redirect."""
LEAST_USUAL, MOST_USUAL = 3, 2 / 3
"""Operations, and their share, whose refusals say the same: it is of the server."""
REDIRECT = 302
HOP, WELCOME = "/hop", "/welcome"
OWN_PATH = (Refusing.ITSELF, Refusing.COOKIE_CHECK)


class Served(Struct, frozen=True):
    """One operation of a server. ``fault`` is ``None`` where it enforces correctly."""

    path: str
    fields: Record
    fault: Fault | None

    method: str = "GET"

    @property
    def truth(self) -> Truth:
        """The enforcement that it really has."""
        return self.fault.truth if self.fault else Truth.ENFORCED

    @property
    def distinctive_field(self) -> str:
        """The value of a field that no other operation has."""
        return str(self.fields.get("ref") or self.fields["amount"])


def _telling(operations: Mapping[str, Served], spelled: Fault) -> dict[str, Served]:
    """Return the operations with a fault, and the truth about each: what most refusals say tells nothing of one."""
    nothing = Reply(403, Body("text/plain", b"no"))
    said = {
        path: spelled.spoil(nothing, nothing, each.distinctive_field) for path, each in operations.items()
    }
    usual, times = max(((text, list(said.values()).count(text)) for text in said.values()), key=itemgetter(1))
    if 1 < times == len(said):
        return {}
    is_usual = times >= LEAST_USUAL and times >= MOST_USUAL * len(said)
    harmless = spelled._replace(truth=Truth.ENFORCED)
    return {
        path: replace(each, fault=harmless if is_usual and said[path] == usual else spelled)
        for path, each in operations.items()
    }


class GeneratedServer:
    """Answers probes. The same seed gives the same server; its noise differs from answer to answer."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self.format = random.choice(FORMATS)
        self.language = random.choice(tuple(LANGUAGES))
        self.status, self.denial = chosen(random)
        self.missing_is_refused = random.random() < 0.4
        """Callers without a certificate are refused also at paths that do not exist."""
        self.noisy = random.random() < 0.7
        self.single = random.random() < 0.1
        self.refusing = random.choice(tuple(Refusing))
        self.slash = random.random() < 0.1
        """Every operation is redirected to its path with a slash, for every caller."""
        small = random.random() < 0.15
        names = random.sample(NOUNS, k=1 if self.single else random.randrange(2, 6))
        self.operations = {
            f"/{name}s/current": Served(
                f"/{name}s/current",
                record(random, small=small),
                self._fault(random),
            )
            for name in names
        }
        self._noise = Random(seed + 1)
        more = Random(seed + 2)
        self.mode = more.choice((UnsafeMethods.SEND, UnsafeMethods.HEADERS))
        """How operations with POST are probed."""
        self.answers_heads = more.random() < 0.3
        """Handlers answer the head of a request; otherwise the server asks for its body."""
        if more.random() < 0.3:
            self.operations = {
                path: self._posted(each) if more.random() < 0.5 else each
                for path, each in self.operations.items()
            }
        self.habits = Habits(Random(seed + 3), self.format, seed)
        self.long_pages = Random(seed + 4).random() < SHARE
        """All pages have a style sheet, a picture and a script of some kilobytes."""
        self.operations = {path: self._suited(each) for path, each in self.operations.items()}
        self.operations |= self._with_habits()

    def _suited(self, served: Served) -> Served:
        """Return the operation without a fault that nothing could show: a part of data that change each time."""
        partial = served.fault is OTHER_NUMBERS or served.truth is Truth.LEAKS
        return replace(served, fault=None) if self.habits.changing and partial else served

    def _with_habits(self) -> dict[str, Served]:
        """Return the operations whose fault belongs to a habit of the server."""
        random, found = Random(self.habits.seed), dict[str, Served]()
        if self.habits.spelled is not None and not self.single:
            safe = [path for path, each in self.operations.items() if each.method == "GET"]
            some = [path for path in safe if random.random() < SHARE] or safe[:1]
            chosen = safe if self.habits.on_all else some
            spelled = {path: self.operations[path] for path in chosen}
            return _telling(spelled, self.habits.spelled) if spelled else {}
        for path, each in self.operations.items():
            faults = [
                *([FLAG] if self.habits.flagged and not found and len(self.operations) > 2 else []),
                *([ROLE] if self.habits.roles else []),
                *([MOVED] if self.habits.moved else []),
            ]
            if faults and each.fault is None and each.method == "GET" and random.random() < SHARE:
                found[path] = replace(each, fault=random.choice(faults))
        return found

    def _fault(self, random: Random) -> Fault | None:
        if random.random() >= SHARE:
            return None
        by_redirect, whole = random.random() < SHARE, self.format is as_file
        if by_redirect:
            return random.choice(redirects.WHOLE if whole else redirects.FAULTS)
        return random.choice(WHOLE if whole else FAULTS)

    def _posted(self, served: Served) -> Served:
        """Return the operation with POST. Where no head gets the data, no probe could recognise a part of it."""
        unknown = self.mode is UnsafeMethods.HEADERS and not self.answers_heads
        leaks = served.fault is not None and served.fault.truth is Truth.LEAKS
        return replace(served, method="POST", fault=None if unknown and leaks else served.fault)

    @property
    def label(self) -> str:
        """Describe the refusal and the format, for a table."""
        where = f" {self.refusing.name}" if self.status == REDIRECT else ""
        slash = " slash" if self.slash else ""
        posts = (
            f" {self.mode.value}" if any(each.method == "POST" for each in self.operations.values()) else ""
        )
        refusal = f"{self.status}{where} {self.denial.__name__} {self.language}"
        return f"{self.format.__name__} {refusal}{slash}{posts} {self.habits.label}".rstrip()

    def answer(self, probe: Probe) -> HttpFacts | Ending:
        """Answer a probe; a head that a handler would answer perhaps with 100 Continue."""
        assert probe.request is not None
        served = self.operations.get(probe.request.target)
        if served and probe.request.head_only and not self.answers_heads and not self.slash:
            refused = served.truth is not Truth.OPEN and probe.identity != ALICE.name
            refused = refused or (served.fault is ROLE and probe.identity != BOB.name)
            if not refused:
                return Ending.CONTINUE
        path = probe.request.target.partition("?")[0]
        returns = ("Cookie", COOKIE) in probe.request.headers
        reply = self._target(path) or self._reply(path, probe.identity, returns=returns)
        if self.long_pages and reply.body.media_type.startswith("text/html"):
            body = Body(reply.body.media_type, lengthened(reply.body.content.decode()).encode())
            reply = reply._replace(body=body)
        return facts(reply, probe.request.target)

    def _target(self, path: str) -> Reply | None:
        """Answer the paths to which redirects lead, for every caller."""
        if path == HOP:
            return Reply(302, redirects.NOTHING, (("location", WELCOME),))
        if path in (self.refusing.page, WELCOME):
            return Reply(200, self._denied(path, ""))
        if path == "/internal/all":
            bodies = [self._own(each).body for each in self._with(redirects.TOGETHER)]
            return Reply(200, Body("text/plain", b"\n\n".join(body.content for body in bodies)))
        name = path.removeprefix("/internal").removeprefix("/oops")
        served = self.operations.get(name) if name != path else None
        if served is None:
            return None
        if served.fault is redirects.PART:
            return Reply(403, Body("text/plain", f"Reference: {served.distinctive_field}".encode()))
        own = self._own(served)
        return own if path.startswith("/internal") else Reply(403, own.body)

    def _with(self, fault: Fault) -> Iterator[Served]:
        return (each for each in self.operations.values() if each.fault is fault)

    def _own(self, served: Served) -> Reply:
        title = served.path.split("/")[1].title()
        turn = self._noise.randrange(1, 10_000)
        fields = another_page(served.fields, turn) if self.habits.changing else served.fields
        extra: Record = {"active": True} if served.fault is FLAG else {}
        return Reply(200, self.format({**fields, **extra}, self._some_noise(), title))

    def _otherwise(self, served: Served, refusal: Reply) -> Reply | None:
        """Return the data in another form, for the faults that need the record."""
        title, turn = served.path.split("/")[1].title(), self._noise.randrange(1, 60)
        if served.fault is ANOTHER_PAGE:
            return Reply(200, self.format(another_page(served.fields, turn), self._some_noise(), title))
        if served.fault is OTHER_NUMBERS:
            fields = renumbered(served.fields, len(served.path))
            status = refusal.status if refusal.status != REDIRECT else 403
            return Reply(status, self.format(fields, self._some_noise(), title))
        return None

    def _reply(self, path: str, identity: str, *, returns: bool) -> Reply:
        if path in self.operations and (self.slash or self.habits.moved):
            place = f"/store{path}" if self.habits.moved else f"{path}/"
            return Reply(302 if self.habits.moved else 301, redirects.NOTHING, (("location", place),))
        if self.slash or self.habits.moved:
            path = path.removeprefix("/store").rstrip("/")
        served, valid = self.operations.get(path), identity == ALICE.name
        if served is None:
            return (
                Reply(404, self._missing())
                if valid or not self.missing_is_refused
                else self._refusal(path, identity, returns=returns)
            )
        if valid or served.fault is MOVED or (served.fault is ROLE and identity == BOB.name):
            return self._own(served)
        if identity == BOB.name and self.habits.roles:
            return self.habits.role_denial(self._noise)
        return self._to_refused(served, path, identity, returns=returns)

    def _missing(self) -> Body:
        fields: Record = {"detail": "there is no such resource"}
        if not self.habits.one_writer:
            return Body("application/json", json.dumps(fields).encode())
        own = json.dumps({**fields, **self._some_noise()}).encode()
        return self.habits.with_flag(Body("application/json", own), is_set=False)

    def _to_refused(self, served: Served, path: str, identity: str, *, returns: bool) -> Reply:
        """Return the refusal, or what a fault makes of it."""
        own = self._own(served)
        if served.fault in redirects.PLACES and not (returns and served.fault is redirects.WITH_COOKIE):
            own_path = self.slash and served.fault is redirects.WITH_COOKIE
            return redirected(served.fault, f"{path}/" if own_path else path)
        refusal = self._refusal(path, identity, returns=returns)
        if otherwise := self._otherwise(served, refusal):
            return otherwise
        return served.fault.spoil(own, refusal, served.distinctive_field) if served.fault else refusal

    def _refusal(self, path: str, identity: str, *, returns: bool) -> Reply:
        body = self._denied(path, identity)
        if self.habits.own_denials:
            status, form, language = self.habits.own_denial(path)
            denied = RefusedRequest(path, identity, self._some_noise())
            return Reply(status, form(language, denied))
        if self.status != REDIRECT:
            return Reply(self.status, body)
        if self.habits.hops:
            return Reply(REDIRECT, body, (("location", HOP),))
        if self.refusing is Refusing.COOKIE_CHECK and returns:
            return Reply(403, body)
        place = f"{path}/" if self.slash and self.refusing in OWN_PATH else path
        cookie = (("set-cookie", COOKIE),) if self.refusing is Refusing.COOKIE_CHECK else ()
        return Reply(REDIRECT, body, (("location", self.refusing.location(place)), *cookie))

    def _denied(self, path: str, identity: str) -> Body:
        caller = "" if identity == ANONYMOUS.name else identity
        body = self.denial(LANGUAGES[self.language], RefusedRequest(path, caller, self._some_noise()))
        served = self.operations.get(path)
        return self.habits.with_flag(body, is_set=served is not None and served.fault is FLAG)

    def _some_noise(self) -> Record:
        if not self.noisy:
            return {"v": "2.4"}
        time = f"2026-11-26T10:{self._noise.randrange(60):02}:{self._noise.random() * 60:09.6f}Z"
        return {"time": time, "trace": f"{self._noise.getrandbits(64):016x}"}

    @property
    def keys(self) -> tuple[OperationKey, ...]:
        """The keys of the operations."""
        return tuple(OperationKey(path=path, method=each.method) for path, each in self.operations.items())


def facts(reply: Reply, target: str) -> HttpFacts:
    """Return the facts that the crawler records of a reply."""
    content = reply.body.content
    headers = tuple(reply.headers) + (
        (("content-type", reply.body.media_type),) if reply.body.media_type else ()
    )
    read = content_of(content, headers)
    return HttpFacts(
        status=reply.status,
        http_version="HTTP/1.1",
        headers=headers,
        body_sha256=hashlib.sha256(content).hexdigest(),
        body_excerpt=excerpt_of(content.decode("utf-8", "replace"))[:2000],
        length=len(content),
        truncated=False,
        shape=shape_of(read, headers, target),
        values=values_of(read, headers),
    )
