"""A server generated from a seed: its operations, their data, its refusals and its faults."""

import hashlib
from dataclasses import dataclass
from random import Random

from specdrift.body.content import content_of
from specdrift.body.shape import shape_of
from specdrift.body.values import values_of
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from tests.checks.plan_builders import ALICE
from tests.generated.data import FORMATS, Body, Record, as_file, record
from tests.generated.denials import RefusedRequest, chosen
from tests.generated.faults import FAULTS, WHOLE, Fault, Reply, Truth
from tests.generated.vocabulary import LANGUAGES, NOUNS


@dataclass(frozen=True, slots=True)
class Served:
    """One operation of a server. ``fault`` is ``None`` where it enforces correctly."""

    path: str
    fields: Record
    fault: Fault | None

    @property
    def truth(self) -> Truth:
        """The enforcement that it really has."""
        return self.fault.truth if self.fault else Truth.ENFORCED

    @property
    def distinctive_field(self) -> str:
        """The value of a field that no other operation has."""
        return str(self.fields.get("ref") or self.fields["amount"])


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
        small = random.random() < 0.15
        names = random.sample(NOUNS, k=1 if self.single else random.randrange(2, 6))
        self.operations = {
            f"/{name}s/current": Served(
                f"/{name}s/current",
                record(random, small=small),
                random.choice(FAULTS if self.format is not as_file else WHOLE)
                if random.random() < 0.35
                else None,
            )
            for name in names
        }
        self._noise = Random(seed + 1)

    @property
    def label(self) -> str:
        """Describe the refusal and the format, for a table."""
        return f"{self.format.__name__} {self.status} {self.denial.__name__} {self.language}"

    def answer(self, probe: Probe) -> HttpFacts:
        """Answer a probe."""
        assert probe.request is not None
        path = probe.request.target.partition("?")[0]
        return facts(self._reply(path, probe.identity), probe.request.target)

    def _reply(self, path: str, identity: str) -> Reply:
        served, valid = self.operations.get(path), identity == ALICE.name
        if served is None:
            missing = Body("application/json", b'{"detail": "there is no such resource"}')
            return (
                Reply(404, missing) if valid or not self.missing_is_refused else self._refusal(path, identity)
            )
        own = Reply(200, self.format(served.fields, self._some_noise(), path.split("/")[1].title()))
        if valid:
            return own
        refusal = self._refusal(path, identity)
        return served.fault.spoil(own, refusal, served.distinctive_field) if served.fault else refusal

    def _refusal(self, path: str, identity: str) -> Reply:
        caller = "" if identity == ANONYMOUS.name else identity
        refused = RefusedRequest(path, caller, self._some_noise())
        headers = (("location", f"/welcome?from={path}"),) if self.status == 302 else ()
        return Reply(self.status, self.denial(LANGUAGES[self.language], refused), headers)

    def _some_noise(self) -> Record:
        if not self.noisy:
            return {"v": "2.4"}
        time = f"2026-11-26T10:{self._noise.randrange(60):02}:{self._noise.random() * 60:09.6f}Z"
        return {"time": time, "trace": f"{self._noise.getrandbits(64):016x}"}

    @property
    def keys(self) -> tuple[OperationKey, ...]:
        """The keys of the operations."""
        return tuple(OperationKey(path=path, method="GET") for path in self.operations)


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
        body_excerpt=content[:2000].decode("utf-8", "replace"),
        length=len(content),
        truncated=False,
        shape=shape_of(read, headers, target),
        values=values_of(read, headers),
    )
