"""Whether the server still answers. A request that it did not answer establishes nothing.

A server that limits its clients, or fails, answers every request with 429 or 5xx, or not at all. One that cannot handle
a single odd request answers that one so. Controls tell them apart: requests that were answered before are sent again.
If they are not answered either, the run waits and repeats; after some time it gives those callers up. It slows down
only where a status says that the server is in trouble: no lower rate cures connections that are closed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct, field

from specdrift.crawler.limits import MAX_PAUSE_S, Pace
from specdrift.crawler.slowing import Slowing
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import HeadForm, Probe, TlsRange

FIRST_CHECK, MOST_UNCHECKED = 5, 40
"""Requests without an answer after which the controls are sent: at first, and while these are answered."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds of the pauses before the controls are sent again; then their callers are given up."""
MOST_WAITED_S = 120.0
"""Maximum sum of these pauses in a run."""
SHORT_PAUSES_S = (0.25, 0.5, 1.0, 2.0, 4.0)
"""The same where no control was answered with a status."""
MOST_SHORT_PAUSES_S, MOST_SPENT_S = 15.0, 30.0
"""Seconds of a run for controls that fail without a status: until they are repeated without a pause, and given up."""
MOST_SLOWDOWNS = 12
"""Times that a run slows down before it gives the server up."""
ALTERNATES = 2
"""Operations on which one control is sent: a single one may fail by itself."""
MOST_OPERATIONS = 20
"""Operations whose own controls are sent at the end of a batch."""

TOO_MANY_REQUESTS, SERVER_ERRORS = 429, 500
ABOUT_THE_REQUEST = frozenset({501, 505, 511})
"""Server errors that say what the server thinks of the request (RFC 9110 §15.6.2 and §15.6.6, RFC 6585 §6)."""
NO_ANSWER = frozenset({Ending.CLOSED, Ending.TIMEOUT, Ending.STREAM_RESET, Ending.STREAM_REFUSED})
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
"""Safe methods (RFC 9110 §9.2.1, RFC 10008)."""

Caller = tuple[str, str]
"""Name of an identity, and a method; empty: all methods, or all identities."""
EVERYONE: Caller = ("", "")
Control = tuple[Probe, ...]
"""Requests of one identity and method that were answered; it fails if none of them is."""
Send = Callable[[Probe], Awaitable[Observation | None]]
"""Sends a request once; ``None`` if the request budget is spent."""


Kind = tuple[str, str, str, OperationKey | None, int | Ending]
"""Identity, check, method and operation of a probe, and the status or the end of its exchange."""


def kind_of(probe: Probe, observation: Observation) -> Kind:
    """Return what a probe without an answer has in common with others."""
    answer = observation.http.status if observation.http else observation.ending
    return probe.identity, probe.check, _method(probe), probe.operation, answer


def is_server_trouble(observation: Observation) -> bool:
    """Return whether a response says that the server is busy or failed."""
    http = observation.http
    if http is None:
        return False
    failed = http.status >= SERVER_ERRORS and http.status not in ABOUT_THE_REQUEST
    return failed or http.status == TOO_MANY_REQUESTS


def is_unanswered(observation: Observation) -> bool:
    """Return whether the server did not answer a request, or only that it is busy or failed."""
    return is_server_trouble(observation) or (observation.http is None and observation.ending in NO_ANSWER)


class Availability(Struct, dict=True):
    """Counts requests without an answer, and sends the controls when there are several."""

    pace: Pace
    send: Send
    is_plain: Callable[[Probe], bool]
    """Whether a probe is an operation's own request."""
    is_valid: Callable[[str], bool]
    """Whether the identity of this name is a control."""
    pauses: Sequence[float] = PAUSES_S
    short_pauses: Sequence[float] = SHORT_PAUSES_S
    failures: int = 0
    """Times that controls were not answered."""
    slowdowns: int = 0
    """Those of them with a status."""
    steady: set[Kind] = field(default_factory=set)
    """Kinds of probes that are answered so each time, while the controls are answered."""
    _answered: dict[Caller, dict[OperationKey | None, Probe]] = field(default_factory=dict)
    """Requests that were answered, by caller and operation, the first of each."""
    _pending: list[Probe] = field(default_factory=list)
    """Probes without an answer since the last controls."""
    _threshold: int = FIRST_CHECK
    _given_up: dict[Caller, str] = field(default_factory=dict)
    """Why nothing is sent to these any more."""
    _waited: float = 0.0
    _spent: float = 0.0
    """Seconds for controls that failed without a status."""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _retry_after: float = 0.0
    """The longest that a control was asked to wait."""
    _by_status: bool = False
    """A control that failed was answered with a status of trouble, when they were last sent."""

    @cached_property
    def slowing(self) -> Slowing:
        return Slowing(self.pace)

    async def turn(self) -> None:
        """Wait while the controls are sent."""
        while self._lock.locked():
            async with self._lock:
                pass

    def given_up(self, probe: Probe) -> str:
        """Why the probe is not sent; empty where it may be."""
        if not self._given_up or not self.concerns(probe):
            return ""
        return next((why for key in _callers(probe) if (why := self._given_up.get(key))), "")

    def concerns(self, probe: Probe) -> bool:
        """Return whether controls can tell what it means that a probe is not answered."""
        known = self._first_known
        if known is None or probe.request is None or probe.request.head_only or probe.connection.quic:
            return False
        own, other = probe.connection.endpoint, known.connection.endpoint
        return (own.address, own.host, own.port, own.tls) == (
            other.address,
            other.host,
            other.port,
            other.tls,
        )

    @property
    def _first_known(self) -> Probe | None:
        return next((probe for group in self._answered.values() for probe in group.values()), None)

    def note(self, probe: Probe, observation: Observation) -> None:
        """Learn from an answer, or count that there is none."""
        if observation.ending is Ending.NOT_SENT:
            return
        self.slowing.note(failed=is_unanswered(observation))
        if is_unanswered(observation):
            if self.concerns(probe) and kind_of(probe, observation) not in self.steady:
                self._pending.append(probe)
        elif (observation.http is not None or observation.ending is Ending.ALERT) and self._can_control(
            probe
        ):
            key = (probe.identity, _method(probe))
            self._answered.setdefault(key, {}).setdefault(probe.operation, probe)

    def _can_control(self, probe: Probe) -> bool:
        request, connection = probe.request, probe.connection
        if request is None or request.head_only or request.method not in REPEATABLE:
            return False
        in_usual_form = request.head_form is HeadForm.WHOLE and not request.trailers
        usual = (
            in_usual_form
            and connection.tls is TlsRange.ANY
            and not (
                connection.quic
                or connection.early_data
                or connection.prior_session
                or connection.fragmented
                or connection.resumes
                or connection.omits
                or connection.proxy
            )
        )
        alone = probe.priming is None and probe.after is None and not probe.follows
        return usual and alone and (request.method != "GET" or self.is_plain(probe))

    @property
    def is_due(self) -> bool:
        """Whether the controls should be sent."""
        return len(self._pending) >= self._threshold

    async def check(self) -> None:
        """Send the controls if they are due. Wait and slow down if they are not answered."""
        async with self._lock:
            if not self.is_due:  # another worker has sent them
                return
            pending, self._pending = self._pending, []
            await self._check([*self._controls(pending)])

    async def failing_operations(self, doubted: Iterable[Probe]) -> frozenset[OperationKey | None]:
        """Send the controls of these probes, and return the operations whose own are not answered."""
        doubted = list(doubted)
        async with self._lock:
            self._pending = []
            await self._check([*self._controls(doubted)], exceeded=False)
            own = self._own_controls(doubted)
            failed = await self._failed(own) if own and EVERYONE not in self._given_up else []
            if failed:
                if self._by_status:
                    await asyncio.sleep(self.pauses[0])
                else:
                    await self._waits_shortly(self.short_pauses[0])
                failed = await self._failed(failed)
        return frozenset(control[0].operation for control in failed)

    async def _check(self, controls: list[Control], *, exceeded: bool = True) -> None:
        """Send controls. ``exceeded``: several requests were not answered a moment ago."""
        failed = await self._failed(controls)
        if failed:
            self._threshold = FIRST_CHECK
            await self._recover(failed)
        elif self.slowing.is_slowed and exceeded:
            self.slowing.lower_a_little()  # a limit that some requests exceed
        else:
            self._threshold = min(MOST_UNCHECKED, 2 * self._threshold)

    def _controls(self, doubted: Iterable[Probe]) -> Iterator[Control]:
        """The callers of these probes, the anonymous one, and a valid one."""
        valid = next((key for key in self._answered if self.is_valid(key[0]) and key[1] == "GET"), None)
        callers = dict.fromkeys(
            [
                *([valid] if valid else []),
                (ANONYMOUS.name, "GET"),
                *((p.identity, method) for p in doubted for method in ("GET", _method(p))),
            ]
        )
        for caller in callers:
            known = self._answered.get(caller)
            if known and not any(key in self._given_up for key in (EVERYONE, (caller[0], ""), caller)):
                yield tuple(known.values())[:ALTERNATES]

    def _own_controls(self, doubted: Iterable[Probe]) -> list[Control]:
        operations = list(dict.fromkeys(probe.operation for probe in doubted))[:MOST_OPERATIONS]
        callers = [key for key in self._answered if key[1] == "GET" and self._is_usual(key[0])]
        return [
            (self._answered[caller][operation],)
            for operation in operations
            for caller in callers
            if operation in self._answered[caller] and (caller[0], "") not in self._given_up
        ]

    def _is_usual(self, identity: str) -> bool:
        return identity == ANONYMOUS.name or self.is_valid(identity)

    async def _failed(self, controls: Iterable[Control]) -> list[Control]:
        """Return the controls that are not answered: on no operation, or twice on the only one."""
        failed, self._by_status, begun = [], False, time.monotonic()
        for control in controls:
            by_status = False
            for probe in control if len(control) > 1 else control * 2:
                observation = await self.send(probe)
                if observation is None or not (
                    is_unanswered(observation) or observation.ending is Ending.NO_CONNECTION
                ):
                    break
                by_status = by_status or is_server_trouble(observation)
                self._retry_after = max(self._retry_after, observation.retry_after_s or 0.0)
            else:
                failed.append(control)
                self._by_status = self._by_status or by_status
        if failed and not self._by_status:
            self._spent += time.monotonic() - begun
        return failed

    async def _recover(self, failed: list[Control]) -> None:
        """Wait until the controls are answered again, and slow down after a status; else give their callers up."""
        self.failures += 1
        if self._by_status:
            self.slowdowns += 1
            self.slowing.lower()
        for pause, short in zip(self.pauses, self.short_pauses, strict=True):
            if not await (self._waits(pause) if self._by_status else self._waits_shortly(short)):
                break
            failed = await self._failed(failed)
            if not failed:
                return
        for control in failed:
            self._give_up(control[0])

    async def _waits(self, seconds: float) -> bool:
        """Wait, or as long as the server asks for; return whether the run has time for that."""
        wait = max(seconds, self._retry_after if self._retry_after <= MAX_PAUSE_S else 0.0)
        self._retry_after = 0.0
        if self.slowdowns > MOST_SLOWDOWNS or self._waited + wait > MOST_WAITED_S:
            return False
        self._waited += wait
        await asyncio.sleep(wait)
        return True

    async def _waits_shortly(self, seconds: float) -> bool:
        """Wait a little while the run has time for it, then not at all; return whether to send the controls again."""
        wait = max(0.0, min(seconds, MOST_SHORT_PAUSES_S - self._spent))
        self._spent += wait
        await asyncio.sleep(wait)
        return self._spent < MOST_SPENT_S

    def _give_up(self, probe: Probe) -> None:
        request = probe.request
        assert request is not None  # noqa: S101 - each control is a request
        everyone = self.is_valid(probe.identity) and request.method == "GET"
        caller = EVERYONE if everyone else (probe.identity, "" if request.method == "GET" else request.method)
        self._given_up[caller] = (
            f"the server no longer answers {request.method} {request.target} as {probe.identity}, which it answered "
            "before"
        )


def _method(probe: Probe) -> str:
    return probe.request.method if probe.request else ""


def _callers(probe: Probe) -> tuple[Caller, ...]:
    return EVERYONE, (probe.identity, ""), (probe.identity, _method(probe))
