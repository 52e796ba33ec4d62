"""Header fields that a layer writes into each answer of a route, whoever asks: names of routes and instances. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from specdrift.body.fields import is_of_no_resource
from specdrift.body.values import echo_of, values_of_fields
from specdrift.classify.resource import COMMON_FROM, NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import unpack

OF_AN_ANSWER = frozenset({"location", "set-cookie", "www-authenticate", "content-location", "link"})
"""Fields that are about what is answered, and not about the route."""
Answers = Mapping[OperationKey, Sequence[HttpFacts]]


@dataclass(frozen=True, slots=True)
class Layers:
    """What layers in front of the operations write. ``values`` belong to no resource, figures included; ``names`` are
    of the fields that name something on each operation. A figure may be a total of what is not shown.
    """

    names: frozenset[str] = frozenset()
    values: Values = NOTHING

    def without(self, http: HttpFacts) -> HttpFacts:
        """Return an answer without what names a route or an instance."""
        if not self.names:
            return http
        return replace(http, headers=tuple(each for each in http.headers if each[0] not in self.names))


NO_LAYERS = Layers()


def layers_of(admitted: Answers, refused: Answers) -> Layers:
    """Return what each operation has in all its answers to valid certificates, in all its refusals, and in no body."""
    answered = [(*given, *refused[key]) for key, given in admitted.items() if given and refused.get(key)]
    if len(answered) < COMMON_FROM:
        return NO_LAYERS
    constants = [_constants(answers) for answers in answered]
    names = set(constants[0]).intersection(*constants) - OF_AN_ANSWER
    in_bodies = echo_of({each.body_excerpt for answers in answered for each in answers})
    values = {name: _values(name, (each[name] for each in constants)) for name in names}
    own = {name: each for name, each in values.items() if each and each.isdisjoint(in_bodies)}
    naming = (name for name in own if all(_is_a_name(each[name]) for each in constants))
    return Layers(names=frozenset(naming), values=NOTHING.union(*own.values()))


def _constants(answers: Sequence[HttpFacts]) -> Mapping[str, str]:
    """Return the fields that all answers have with one value."""
    found = dict(answers[0].headers)
    for each in answers[1:]:
        fields = dict(each.headers)
        found = {name: content for name, content in found.items() if fields.get(name) == content}
    return {name: content for name, content in found.items() if not is_of_no_resource(name, content)}


def _values(name: str, contents: Iterable[str]) -> Values:
    return unpack(values_of_fields(tuple((name, content) for content in contents)))


def _is_a_name(content: str) -> bool:
    """Return whether it is a single word that is no number."""
    return len(content.split()) == 1 and any(map(str.isalpha, content))
