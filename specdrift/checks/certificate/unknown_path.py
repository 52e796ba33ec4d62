"""Requests paths that do not exist: the control that tells an operation's answer from a catch-all.

A single-page application, a soft 404 or a layer that answers 401 to everything is no evidence about an operation.
Each folder of the API gets one such request, since routers nest.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.classify.check_names import UNKNOWN_PATH
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Connection, Phase, Probe, Request
from specdrift.model.policy import UnsafeMethods

MAX_FOLDERS = 20


@dataclass(frozen=True, slots=True)
class UnknownPath:
    """One random path for each folder, method and caller (the anonymous one and the valid identities)."""

    name: str = UNKNOWN_PATH
    rules: frozenset[str] = frozenset()

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Random paths, sent before anything else."""
        paths, variants = unknown_paths(context), context.connection_variants
        for path in paths:
            for method in (m for m in methods(context) if not context.documented(m, path)):
                for caller in (ANONYMOUS.name, *(identity.name for identity in context.accepted)):
                    first = path == paths[0] and method == "GET" and caller != ANONYMOUS.name
                    for connection in variants if first else variants[: len(context.tls)]:
                        yield self._probe(path, method, caller, connection)

    def _probe(self, path: str, method: str, caller: str, connection: Connection) -> Probe:
        return Probe(
            check=self.name,
            operation=None,
            identity=caller,
            connection=connection,
            request=Request(method=method, target=path),
            phase=Phase.BEFORE,
            variant=" ".join((method, path, *connection.alpn, connection.endpoint.address)),
            control=True,
            why="the answer for a path that does not exist",
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing more."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:  # noqa: ARG002
        """Nothing: it is a control."""
        return Conclusions()


def methods(context: PlanContext) -> tuple[str, ...]:
    """Return the methods that are sent; GET always."""
    sent = {s.request.method for s in context.operations if s.mode is UnsafeMethods.SEND}
    return tuple(sorted(sent | {"GET"}))


def unknown_paths(context: PlanContext) -> tuple[str, ...]:
    """Return a random sibling in each folder that holds a documented path, outermost first."""
    folders = {context.base_of(planned) + folder(planned.key.path) for planned in context.operations}
    folders |= {"/", context.base_path + "/"}
    paths = (f"{name}{context.nonce}" for name in sorted(folders, key=lambda name: (name.count("/"), name)))
    unknown = (path for path in paths if not context.documented("GET", path))
    return tuple(islice(unknown, MAX_FOLDERS))


def folder(template: str) -> str:
    """Return the static folder of a path template: all before its last segment or first expression."""
    static = template.partition("{")[0]
    segments = static.rstrip("/") if "{" in template else static
    return segments.rpartition("/")[0] + "/"


CHECK: Check = UnknownPath()
