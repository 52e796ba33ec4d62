"""Follows redirects one step, on the same origin, as the same caller, with the cookies of that response only. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import FOLLOWED, Classifier
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.verdict import Classification


def following(classifier: Classifier, exchange: Exchange, classification: Classification) -> Iterator[Probe]:
    """Yield the probe that follows the redirect of an exchange, if its target's answer decides and is not known."""
    if classification.obstacle not in FOLLOWED or classifier.log.followed(exchange) is not None:
        return
    redirect, probe = classifier.redirect(exchange), exchange.probe
    if redirect is None or redirect.request is None:
        return
    yield replace(
        probe,
        request=redirect.request,
        priming=None,
        variant=f"{probe.variant or probe.phase.name.lower()} redirected",
        why="whether the redirect's target serves the resource",
        follows=probe.id,
    )
