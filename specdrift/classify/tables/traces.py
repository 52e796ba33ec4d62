"""Where an answer has values of the resource. Pure."""

from specdrift.body.values import echo_of
from specdrift.classify.comparison import Comparison
from specdrift.classify.explanation.places import in_words
from specdrift.classify.explanation.refused import words_in
from specdrift.classify.resource import Values


def places_of_traces(case: Comparison) -> tuple[str, ...]:
    """Return the places of the values of the resource that the server's denial does not explain, in words.

    Values that only several words have together, or that are encoded, are somewhere in the text.
    """
    return _places_of(case.traces(), case) or (in_words(""),)


def places_of_more(case: Comparison) -> tuple[str, ...]:
    """Return the places of what no control has, else of the data of the resource, in words."""
    return _places_of(case.own, case) or _places_of(case.resource.data, case) or (in_words(""),)


def _places_of(values: Values, case: Comparison) -> tuple[str, ...]:
    found = {word.piece.name for word in words_in(case.answer) if not values.isdisjoint(echo_of([word.text]))}
    return tuple(sorted(map(in_words, found)))
