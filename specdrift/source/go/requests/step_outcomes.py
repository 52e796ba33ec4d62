"""What one handler or middleware does with a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.source.go.interpreter import go_operators
from specdrift.source.go.interpreter.go_machine import SYNTAX
from specdrift.source.go.interpreter.machine import Machine, OutOfSteps
from specdrift.source.go.requests.gin_requests import GIN_REQUESTS
from specdrift.source.go.requests.given_requests import RUNNERS, called, served
from specdrift.source.go.requests.handled_requests import (
    HandledRequest,
    StepOutcome,
    changed_path,
    keys_of,
    may_be_error,
)
from specdrift.source.go.requests.handling import Forward, Handling, all_handlers, no_handlers
from specdrift.source.go.requests.request_digests import ContextDigests, digest, headers_in, sent_by
from specdrift.source.go.requests.request_values import (
    ABORTED,
    CONTENT,
    REQUEST,
    STATUS,
    CertificateCase,
    NextHandler,
    RequestKind,
    any_request,
    gin_context,
    objects_of,
    request_of,
    response,
    watch_reads,
)
from specdrift.source.go.routers.handler_steps import HandlerStep, StepKind
from specdrift.source.go.routers.wiring import has_router
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoValue,
    Table,
    ValueOrigin,
    alternatives,
    record_of,
)
from specdrift.source.go.values.lifetimes import RunFor

MOST_STEPS_OF_A_REQUEST = 10_000
MOST_STEPS_OF_ALL = 500_000
"""Then nothing more is evaluated: what handlers do is not known."""
MOST_REQUESTS = 3
"""Requests one after another, of which later ones see what earlier ones have changed."""
ANY_TEXT = GoText((None,), frozenset({ValueOrigin.PATH}))
"""A path or a method that is not known."""


class MadeHandler(Struct, frozen=True):
    """What middleware makes around the next handler."""

    handler: GoValue
    origins: frozenset[ValueOrigin]
    """What decides it."""


class StepEvaluator(Struct):
    """Evaluates handlers of a program whose routers were read."""

    wired: Machine
    surveys: dict[GoValue, tuple[GoValue, ...]] = field(default_factory=dict)
    unfinished: set[GoValue] = field(default_factory=set)
    """Functions that were not evaluated to their ends."""
    known: dict[tuple[object, ...], StepOutcome] = field(default_factory=dict)
    """Outcomes by the handler, and what distinguishes the requests."""
    digests: ContextDigests = field(default_factory=ContextDigests)
    steps: int = 0
    """Steps of all evaluations."""
    made: dict[GoValue, MadeHandler] = field(default_factory=dict)
    """What middleware has made around the next handler, before requests arrive."""
    others: set[tuple[object, ...]] = field(default_factory=set)
    """The handlers that a request of any client was given to, for what it leaves to other requests."""

    @property
    def changes(self) -> int:
        """How often handlers have changed what later requests see."""
        return self.wired.lifetimes.changes

    def may_call_others(self, value: GoValue) -> bool:
        """Return whether a function that was not evaluated to its end may call a handler that it has."""
        receiver = value.receiver if isinstance(value, DeclaredFunction) else None
        holds = isinstance(value, Closure) or (receiver is not None and has_router(receiver))
        return value in self.unfinished and holds

    def survey(self, value: GoValue) -> tuple[GoValue, ...]:
        """Return the handlers that a function calls with the request it gets, whatever that is."""
        if value not in self.surveys:
            self.surveys[value] = ()  # a handler that calls itself
            purpose = Handling(GIN_REQUESTS, all_handlers)
            state = self.state(RequestKind(CertificateCase.ANY, context_is_known=False), purpose)
            _, ended = self._run(purpose, state, lambda machine: served(machine, value, state))
            if not ended:
                self.unfinished.add(value)
            found = [one.target for one in purpose.forwards]
            self.surveys[value] = tuple(
                dict.fromkeys(one for one in found if not isinstance(one, NextHandler))
            )
        return self.surveys[value]

    def state(self, kind: RequestKind, purpose: Handling) -> HandledRequest:
        """Return a request of a kind."""
        with self.wired.lifetimes.run(RunFor.REQUEST):
            return HandledRequest(kind, request_of(kind, purpose.watch), response())

    def outcome(self, step: HandlerStep, state: HandledRequest) -> StepOutcome:
        """Return what a step does with the requests."""
        key = (step.kind, step.value, step.target, step.others)
        with self.wired.lifetimes.run(RunFor.REQUEST):
            return self._known(key, state, lambda one: self._of_step(step, one))

    def _known(
        self,
        key: tuple[object, ...],
        state: HandledRequest,
        evaluate: Callable[[HandledRequest], StepOutcome],
    ) -> StepOutcome:
        """Return an outcome that holds for all paths and methods, or else for those of the request."""
        context = record_of(state.gin) if state.gin is not None else None
        keys = context.fields.get("#keys") if context is not None else None
        found, context_digest = None, (self.digests.of(state.request), headers_in(state.request))
        for kind in (replace(state.kind, methods=ANY_TEXT, path=ANY_TEXT, template=ANY_TEXT), state.kind):
            whole = (*key, kind, context_digest, digest(keys))
            if whole not in self.known:
                self._of_others(key, kind, evaluate)
                for _ in range(MOST_REQUESTS):
                    fresh = self.state(kind, Handling(GIN_REQUESTS, all_handlers))
                    fresh.request = sent_by(fresh.request, state.request)
                    if isinstance(keys, Table):
                        fresh.gin = gin_context(fresh.request, fresh.response, keys)
                    before = self.changes
                    outcome = evaluate(fresh)
                    self.known[whole] = replace(outcome, request=fresh.request, keys=keys_of(fresh))
                    if before == self.changes:
                        break
                    self.others.discard(key)
                    self._of_others(key, kind, evaluate)
            found = self.known[whole]
            if ValueOrigin.PATH not in found.origins and found.path is None:
                break
        if found is None or found.request is None:
            return evaluate(state)
        state.request = sent_by(state.request, found.request)
        if found.keys is not None:
            state.gin = gin_context(state.request, state.response, found.keys)
        return found

    def _of_others(
        self, key: tuple[object, ...], kind: RequestKind, evaluate: Callable[[HandledRequest], StepOutcome]
    ) -> None:
        """Let the request see what those of other clients write."""
        if key not in self.others:
            self.others.add(key)
            evaluate(self._of_any_client(kind, Handling(GIN_REQUESTS, all_handlers)))

    def _of_any_client(self, kind: RequestKind, purpose: Handling) -> HandledRequest:
        client = self.state(
            replace(kind, case=CertificateCase.ANY, context_is_known=False, headers=None), purpose
        )
        client.gin = gin_context(client.request, client.response, Table(is_complete=False))
        return client

    def _of_step(self, step: HandlerStep, state: HandledRequest) -> StepOutcome:
        purpose = Handling(GIN_REQUESTS, lambda target: _same(target, step.target, *step.others))
        value = step.value
        if step.kind is StepKind.WRAPPER:
            made = self._made(value)
            value, purpose.origins = made.handler, set(made.origins)
        return self._outcome(purpose, state, lambda machine: RUNNERS[step.kind](machine, value, state), step)

    def _made(self, middleware: GoValue) -> MadeHandler:
        """Put middleware around the next handler: once, for all requests."""
        if middleware not in self.made:
            purpose = Handling(GIN_REQUESTS, all_handlers)
            machine = self._machine(purpose)
            found: GoValue = UNKNOWN
            try:
                with self.wired.lifetimes.run(RunFor.PROGRAM):
                    found = called(machine, middleware, [NextHandler()])
            except (OutOfSteps, RecursionError):
                found = UNKNOWN
            finally:
                self.steps += machine.steps
            self.made[middleware] = MadeHandler(found, frozenset(purpose.origins))
        return self.made[middleware]

    def answer(self, handler: GoValue, state: HandledRequest) -> StepOutcome:
        """Return what the handler of a route answers."""
        with self.wired.lifetimes.run(RunFor.REQUEST):
            return self._known(("answer", handler), state, lambda one: self._of_handler(handler, one))

    def _of_handler(self, handler: GoValue, state: HandledRequest) -> StepOutcome:
        purpose = Handling(GIN_REQUESTS, no_handlers)
        found = self._outcome(purpose, state, lambda machine: served(machine, handler, state), None)
        after = purpose.written.after_refusal
        if not after:
            return found
        # What else it writes then may belong to the refusal, or be the answer to callers with a certificate.
        other = Handling(GIN_REQUESTS, no_handlers)
        client = self._of_any_client(state.kind, other)
        self._run(other, client, lambda machine: served(machine, handler, client))
        return replace(found, goes_on_after_refusal=bool(after & other.written.of_content))

    def result(self, function: GoValue, given: list[GoValue]) -> GoValue | None:
        """Return what a function of a TLS configuration returns; ``None`` if it was not evaluated to its end."""
        purpose = Handling(GIN_REQUESTS, no_handlers)
        state = self.state(RequestKind(CertificateCase.WITHOUT), purpose)
        found, ended = self._run(purpose, state, lambda machine: called(machine, function, given))
        return found if ended else None

    def _outcome(
        self,
        purpose: Handling,
        state: HandledRequest,
        run: Callable[[Machine], GoValue],
        step: HandlerStep | None,
    ) -> StepOutcome:
        before = record_of(state.request)
        if before is not None:
            watch_reads(before, purpose.watch)
        state.response = response()
        if (context := record_of(state.gin) if state.gin is not None else None) is not None:
            context.fields[ABORTED] = GoTruth(value=False)  # each handler is judged by itself
        result, ended = self._run(purpose, state, run)
        forwards = [one for one in purpose.forwards if step is None or not _same(one.target, *step.others)]
        passes = self._passes(purpose, forwards, state, step)
        written = record_of(state.response)
        status = written.fields.get(STATUS, UNKNOWN) if written is not None else UNKNOWN
        content = written.fields.get(CONTENT, UNKNOWN) if written is not None else UNKNOWN
        self._after(forwards, state)
        return StepOutcome(
            passes if ended else None,
            # A panic ends the connection, as a refusal would.
            () if purpose.has_panicked and isinstance(status, GoNil) else _statuses(purpose, status),
            frozenset(purpose.origins),
            purpose.reads_certificate,
            purpose.reads_identity,
            purpose.denies,
            state.request,
            ended,
            returns_error=may_be_error(result),
            gives_content=go_operators.truth(content),
            path=changed_path(state.request, state.kind),
            headers=frozenset(purpose.headers),
            gives_data=bool(purpose.written.of_data),
            why=_why(purpose, forwards),
            ran=tuple(dict.fromkeys(purpose.ran)),
        )

    def _passes(
        self, purpose: Handling, forwards: list[Forward], state: HandledRequest, step: HandlerStep | None
    ) -> bool | None:
        if step is not None and step.kind is StepKind.CHAINED and not purpose.has_panicked:
            record = record_of(state.gin) if state.gin is not None else None
            aborted = go_operators.truth(record.fields.get(ABORTED, UNKNOWN)) if record is not None else None
            if purpose.may_have_panicked and aborted is False:
                return None
            if not forwards:
                return None if aborted is None else not aborted
            return True if any(one.is_certain for one in forwards) or aborted is False else None
        if not forwards:
            return False
        return True if any(one.is_certain for one in forwards) else None

    def _after(self, forwards: list[Forward], state: HandledRequest) -> None:
        """Continue with the request that was forwarded."""
        found = [each for one in forwards for each in alternatives(one.request)]
        http = [record for one in found if (record := record_of(one)) is not None and record.kind == REQUEST]
        if http:
            state.request = any_request(http)

    def _run(
        self, purpose: Handling, state: HandledRequest, run: Callable[[Machine], GoValue]
    ) -> tuple[GoValue, bool]:
        """Evaluate, and return the result and whether it ended within the limits. Changes of variables are undone."""
        machine, lifetimes = self._machine(purpose), self.wired.lifetimes
        found: list[GoValue] = []

        def evaluate() -> None:
            found.append(run(machine))
            purpose.has_panicked = machine.has_exited
            purpose.may_have_panicked = machine.may_have_exited

        try:
            with lifetimes.run(RunFor.REQUEST):
                lifetimes.begin()
                machine.trial(
                    evaluate,
                    lambda: objects_of([*state.parts(), *purpose.requests(), *found]),
                )
        except (OutOfSteps, RecursionError):
            return UNKNOWN, False
        finally:
            lifetimes.remember()
            self.steps += machine.steps
        return found[0], True

    def _machine(self, purpose: Handling) -> Machine:
        machine = Machine(self.wired.index, purpose, self.wired.program, SYNTAX)
        machine.variables, machine.singletons = self.wired.variables, self.wired.singletons
        machine.lifetimes = self.wired.lifetimes
        machine.most_steps = min(MOST_STEPS_OF_A_REQUEST, max(MOST_STEPS_OF_ALL - self.steps, 0))
        return machine


def _statuses(purpose: Handling, status: GoValue) -> tuple[GoValue, ...]:
    """Return what is answered; a panic that something decides is one of the refusals."""
    return (*alternatives(status), *([GoNumber(500)] if purpose.may_have_panicked else []))


def _why(purpose: Handling, forwards: Iterable[Forward]) -> str:
    """Return what decides whether a handler calls what comes next, or what else it does, for people."""
    otherwise = f"depending on {purpose.last_condition}" if purpose.last_condition else ""
    return next((one.why for one in forwards if one.why and not one.is_certain), otherwise)


def _same(value: GoValue, *others: GoValue) -> bool:
    """Return whether a handler is one of some; function literals are the same if they are written in one place."""
    for one in others:
        if value is one or value == one:
            return True
        if isinstance(value, Closure) and isinstance(one, Closure) and value.node == one.node:
            return True
    return False
