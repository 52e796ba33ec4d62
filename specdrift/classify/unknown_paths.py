"""The answers to paths that do not exist. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from specdrift.classify.check_names import UNKNOWN_PATH
from specdrift.classify.exchange import Exchange, Exchanges
from specdrift.classify.likeness import distinct
from specdrift.model.exchange.observation import HttpFacts


@dataclass(frozen=True)
class UnknownPaths:
    """What this server answers for paths that do not exist."""

    log: Exchanges

    @cached_property
    def answered(self) -> tuple[tuple[Exchange, HttpFacts], ...]:
        """The exchanges with an answer."""
        entries = self.log.by_check(UNKNOWN_PATH)
        return tuple((entry, http) for entry in entries if (http := entry.observation.http))

    @cached_property
    def by_method(self) -> Mapping[str, tuple[HttpFacts, ...]]:
        """The different answers, by method."""
        answers: dict[str, list[HttpFacts]] = defaultdict(list)
        for entry, http in self.answered:
            if entry.probe.request:
                answers[entry.probe.request.method].append(http)
        return {method: tuple(distinct(facts)) for method, facts in answers.items()}

    def like(self, method: str, *, head_only: bool) -> tuple[HttpFacts, ...]:
        """Return those of a method; for a head alone, which no handler reads, those of all methods."""
        if head_only:
            return tuple(chain.from_iterable(self.by_method.values()))
        return self.by_method.get(method, ())
