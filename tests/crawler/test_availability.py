"""A request without an answer is repeated, and establishes nothing where controls are not answered either."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cached_property

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.crawler.availability import (
    MOST_SHORT_PAUSES_S,
    MOST_SLOWDOWNS,
    Availability,
    is_unanswered,
)
from specdrift.crawler.doubted import sent_until_answered
from specdrift.crawler.limits import Pace
from specdrift.crawler.slowing import Slowing
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import (
    BodyShape,
    Ending,
    HttpFacts,
    NotSentReason,
    Observation,
    TlsFacts,
    WirePhase,
)
from specdrift.model.exchange.probe import RETRIED, Connection, Endpoint, Phase, Probe, Request

HERE = Connection(endpoint=Endpoint(host="localhost", port=8443, server_name="localhost"))
PAUSES = (0.0, 0.0)
Answer = int | Ending


def probe_of(path: str = "/a", method: str = "GET", identity: str = "anonymous", number: int = 1) -> Probe:
    """A probe on the operation of a path; those with another method than GET are altered requests."""
    return Probe(
        check="certificate" if method == "GET" and number == 1 else "other",
        operation=OperationKey(path, "GET"),
        identity=identity,
        connection=HERE,
        request=Request(method=method, target=path),
        phase=Phase.MAIN,
        variant=method,
        attempt=number,
    )


def observation_of(probe: Probe, answer: Answer) -> Observation:
    """What a status or an end looks like."""
    http = None
    if isinstance(answer, int):
        http = HttpFacts(
            status=answer,
            http_version="1.1",
            headers=(),
            body_sha256="",
            body_excerpt="",
            length=0,
            truncated=False,
            shape=BodyShape(),
        )
    return Observation(
        probe=probe.id,
        ending=Ending.RESPONSE if isinstance(answer, int) else answer,
        phase=WirePhase.RESPONSE,
        tls=TlsFacts(),
        http=http,
    )


class Server(Struct, dict=True):
    """Answers by its number of requests; sends as the crawler does, one after the other."""

    answer: Callable[[int, Probe], Answer]
    requests: list[Probe] = field(default_factory=list)

    @cached_property
    def availability(self) -> Availability:
        return Availability(
            Pace(None),
            self.control,
            is_plain=lambda probe: probe.check == "certificate",
            is_valid=lambda name: name == "alice",
            pauses=PAUSES,
            short_pauses=PAUSES,
        )

    def observe(self, probe: Probe) -> Observation:
        """Answer one request."""
        self.requests.append(probe)
        return observation_of(probe, self.answer(len(self.requests), probe))

    async def control(self, probe: Probe) -> Observation | None:
        """Send a control."""
        return self.observe(probe)

    async def send(self, probes: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        """Send a batch."""
        for probe in probes:
            if why := self.availability.given_up(probe):
                unsent = observation_of(probe, Ending.NOT_SENT)
                yield probe, replace(unsent, not_sent=NotSentReason.UNANSWERED, detail=why, attempts=0)
                continue
            observation = self.observe(probe)
            self.availability.note(probe, observation)
            if self.availability.is_due:
                await self.availability.check()
            yield probe, observation

    def crawl(self, *probes: Probe) -> dict[str, Observation]:
        """Send a batch as the crawler does, and return the observations by id."""

        async def all_of() -> list[tuple[Probe, Observation]]:
            return [pair async for pair in sent_until_answered(self.send, self.availability, probes)]

        self.availability.pace.per_second = None
        return {probe.id: observation for probe, observation in asyncio.run(all_of())}


PLAIN = (probe_of("/a"), probe_of("/b"), probe_of("/a", identity="alice"), probe_of("/b", identity="alice"))
ODD = tuple(probe_of(path, "FOO", number=number) for path in ("/a", "/b") for number in range(2, 12))


@pytest.mark.parametrize("answer", [429, 500, 503, Ending.CLOSED, Ending.TIMEOUT])
def test_what_a_server_does_not_answer_any_more_establishes_nothing(answer: Answer) -> None:
    """No request is answered after the first ones: the altered requests are given up, and marked."""
    server = Server(lambda number, _: 403 if number <= len(PLAIN) else answer)
    server.crawl(*PLAIN)
    observed = server.crawl(*ODD)
    assert all(each.unanswered or each.not_sent is NotSentReason.UNANSWERED for each in observed.values())
    assert len(server.requests) < len(PLAIN) + len(ODD) + 12


@pytest.mark.parametrize("answer", [429, 500, 503, Ending.CLOSED])
def test_the_answer_of_a_server_to_an_odd_request_stays(answer: Answer) -> None:
    """The controls are answered before and after, so that it is what this server answers to that request."""
    server = Server(lambda _, probe: answer if probe.request and probe.request.method == "FOO" else 403)
    server.crawl(*PLAIN)
    observed = server.crawl(*ODD)
    assert not any(each.unanswered or each.not_sent for each in observed.values())
    assert len(server.requests) < len(PLAIN) + 2 * len(ODD) + 8


def test_a_caller_who_is_not_answered_any_more_is_given_up_alone() -> None:
    """Valid certificates are still answered."""
    server = Server(lambda n, p: 500 if n > len(PLAIN) and p.identity == "anonymous" else 403)
    server.crawl(*PLAIN)
    others = tuple(probe_of("/a", "FOO", "alice", number) for number in range(2, 5))
    observed = server.crawl(*ODD, *others)
    lost = {name for name, each in observed.items() if each.unanswered or each.not_sent}
    assert lost == {probe.id for probe in ODD}


def test_a_request_that_was_answered_before_is_a_control_of_its_method() -> None:
    """503 to all but GET, from some time on: the plain requests are answered as before."""
    server = Server(lambda n, p: 503 if n > 6 and p.request and p.request.method == "OPTIONS" else 403)
    server.crawl(*PLAIN, probe_of("/a", "OPTIONS", number=2), probe_of("/b", "OPTIONS", number=2))
    observed = server.crawl(*(probe_of("/a", "OPTIONS", number=number) for number in range(3, 12)))
    assert observed
    assert all(each.unanswered or each.not_sent for each in observed.values())


def test_what_a_limit_exceeded_is_sent_again_and_its_first_answer_is_kept() -> None:
    """Every third request of a while gets 503, and all of them are answered at the end."""
    server = Server(lambda number, _: 503 if len(PLAIN) < number < 40 and number % 3 else 403)
    server.crawl(*PLAIN)
    observed = server.crawl(*ODD)
    own = [each for name, each in observed.items() if not name.startswith(RETRIED)]
    assert [each.http.status for each in own if each.http] == [403] * len(ODD)
    assert any(name.startswith(RETRIED) for name in observed)
    assert server.availability.pace.per_second is not None


def test_an_operation_that_fails_alone_is_marked_alone() -> None:
    """Its own plain request is no longer answered, and those of others are."""
    server = Server(lambda n, p: 502 if n > len(PLAIN) and p.request and p.request.target == "/a" else 403)
    server.crawl(*PLAIN)
    observed = server.crawl(*ODD)
    lost = {name for name, each in observed.items() if each.unanswered or each.not_sent}
    assert lost == {probe.id for probe in ODD if probe.operation == OperationKey("/a", "GET")}


def test_a_run_slows_down_only_so_often() -> None:
    """A server that recovers and fails again and again is given up."""
    server = Server(lambda _, __: 403)
    server.crawl(*PLAIN)
    server.availability.slowdowns = MOST_SLOWDOWNS
    server.answer = lambda _, __: 503
    server.crawl(*ODD)
    assert server.availability.given_up(ODD[0])


@pytest.mark.parametrize("answer", [Ending.CLOSED, Ending.TIMEOUT, Ending.STREAM_RESET])
def test_a_run_does_not_slow_down_for_connections_that_are_closed(answer: Answer) -> None:
    """No lower rate cures them, so that the run only waits; a status may come from a limit."""
    failing = Server(lambda number, _: answer if len(PLAIN) < number < 40 and number % 3 else 403)
    failing.crawl(*PLAIN)
    observed = failing.crawl(*(replace(probe, request=PLAIN[0].request) for probe in ODD))
    own = [each for name, each in observed.items() if not name.startswith(RETRIED)]
    assert [each.http.status for each in own if each.http] == [403] * len(ODD)
    assert failing.availability.failures
    assert failing.availability.pace.per_second is None


def test_controls_without_an_answer_take_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run waits no longer for closed connections than its share, however often the controls fail."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    server = Server(lambda number, _: Ending.CLOSED if number % 20 < 15 and number > len(PLAIN) else 403)
    server.availability.short_pauses = (4.0, 4.0)
    server.crawl(*PLAIN)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    for number in range(2, 100):
        server.crawl(probe_of("/a", "FOO", number=number), *ODD)
        server.availability._given_up.clear()
    assert sum(waited) == pytest.approx(MOST_SHORT_PAUSES_S, abs=0.5)


@pytest.mark.parametrize(("helps", "lowered"), [(True, 8), (False, 4)])
def test_a_rate_is_lowered_further_only_if_that_reduces_the_failures(*, helps: bool, lowered: int) -> None:
    """Each time fewer requests fail, or as many as before."""
    slowing, rates = Slowing(Pace(64.0)), set[float | None]()
    for failures in range(30, 14, -2) if helps else (15,) * 8:
        for number in range(32):
            slowing.note(failed=number < failures)
        slowing.lower_a_little()
        rates.add(slowing.pace.per_second)
    assert len(rates) == lowered


@pytest.mark.parametrize(
    ("answer", "unanswered"),
    [(429, True), (502, True), (501, False), (511, False), (403, False), (Ending.ALERT, False)],
)
def test_which_answers_are_none(answer: Answer, *, unanswered: bool) -> None:
    """501 and 511 judge the request or the caller, and so does an alert."""
    assert is_unanswered(observation_of(probe_of(), answer)) is unanswered
