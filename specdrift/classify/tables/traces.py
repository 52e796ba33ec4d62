"""Where an answer has values of the resource. Pure."""

from specdrift.body.values import echo_of
from specdrift.classify.comparison import Comparison
from specdrift.classify.explanation.places import in_words
from specdrift.classify.explanation.refused import words_in


def places_of_traces(case: Comparison) -> tuple[str, ...]:
    """Return the places of the values of the resource that the server's denial does not explain, in words.

    Values that only several words have together, or that are encoded, are somewhere in the text.
    """
    traces = case.traces()
    found = {word.piece.name for word in words_in(case.answer) if not traces.isdisjoint(echo_of([word.text]))}
    return tuple(sorted(map(in_words, found or {""})))
