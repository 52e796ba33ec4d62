"""The exchanges of a run, found by what they were sent for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from specdrift.classify.exchange import Exchange
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.redirect import redirect_of

MOST_STEPS = 3
"""Redirects that are followed one after another."""


class ExchangeIndex(Struct, kw_only=True):
    """Grows during the run."""

    by_id: dict[str, Exchange] = field(default_factory=dict)
    """Exchanges by the id of their probe."""
    _index: dict[tuple[str, OperationKey | None, str], list[Exchange]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _by_check: dict[str, dict[str, Exchange]] = field(default_factory=lambda: defaultdict(dict))
    """By name of the check and id of the probe, without those that followed a redirect."""
    _followed: dict[str, Exchange] = field(default_factory=dict)
    """Exchanges that followed a redirect, by the id of the redirected probe."""

    def file(self, entry: Exchange) -> None:
        """Add an exchange; a second one with the same id replaces the first."""
        probe = entry.probe
        if probe.follows:
            self._followed[probe.follows] = self.by_id[probe.id] = entry
            return
        known = self.by_id.get(probe.id)
        if known is not None:
            self._index[known.probe.check, known.probe.operation, known.probe.identity].remove(known)
        self._index[probe.check, probe.operation, probe.identity].append(entry)
        self.by_id[probe.id] = self._by_check[probe.check][probe.id] = entry

    def of(self, check: str, operation: OperationKey | None, identity: str) -> Sequence[Exchange]:
        """Return the exchanges of a check on an operation by an identity, in the order in which they ended."""
        return self._index.get((check, operation, identity), ())

    def by_check(self, check: str) -> Iterator[Exchange]:
        """Yield all exchanges of a check, except those that followed a redirect."""
        return iter(self._by_check.get(check, {}).values())

    def followed(self, entry: Exchange) -> Exchange | None:
        """Return the exchange that followed the redirect of this one."""
        return self._followed.get(entry.probe.id)

    def chain(self, entry: Exchange) -> Iterator[Exchange]:
        """Yield an exchange and those that followed its redirects, in their order."""
        following: Exchange | None = entry
        while following is not None:
            yield following
            following = self.followed(following)

    def next_target(self, entry: Exchange) -> tuple[Exchange, Request] | None:
        """Return the last exchange of a chain of redirects and the request that follows it, if one is to be sent."""
        *before, last = self.chain(entry)
        request, http = last.probe.request, last.observation.http
        if len(before) >= MOST_STEPS or request is None or http is None:
            return None
        redirect = redirect_of(last.probe.connection.endpoint, request, http)
        return (last, redirect.request) if redirect is not None and redirect.request is not None else None

    def before(self, entry: Exchange) -> Iterator[Exchange]:
        """Yield the exchanges whose redirects led to this one, the last one first."""
        redirected = self.by_id.get(entry.probe.follows)
        while redirected is not None:
            yield redirected
            redirected = self.by_id.get(redirected.probe.follows)
