"""Labels of operations: a scope, a handler, a code or a help page that the refusals of each operation name. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from specdrift.body.spellings import unquoted
from specdrift.classify.comparison import DENIALS
from specdrift.classify.explanation.message import spellings
from specdrift.classify.explanation.own_words import OwnWords
from specdrift.classify.explanation.refused import RefusedAnswer, Word
from specdrift.classify.explanation.vocabulary import extends_the_status, letters, same_stem
from specdrift.model.contract.operation import OperationKey

LEAST_DIFFERENT, MOST_ALIKE = 3, 2
"""Labels of a place, and operations for each of them: a few states may be data."""
LONGEST_LABEL = 200
ANY_STATUS = 0
"""For places where all refusals have a label, whatever their status."""
JOINED = re.compile(r"[A-Za-z]{2,}(?:[-_.:/#]+[A-Za-z]{2,})+|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})+")
"""Words that separators or capitals join: ``procurement.read``, ``OrderController``, a URL without digits."""
VERSION = re.compile(r"(?<=\w)[./]v\d{1,2}(?:(?:alpha|beta)\d{1,2})?(?=[./]\w)")
"""The version of an interface inside a name: ``inventory.v1.Inventory.ListItems``."""
PAGE = re.compile(r"https?:/(?:[-_./#]+[A-Za-z]+)+")
"""The URL of a page, without digits."""
CODE = re.compile(r"[A-Za-z]{2,10}[-_.]?(\d{3,5})")
"""A code of an application, such as ``ORD-4012``. Its number is a status: any other may be an amount."""
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
JOINING = "/-_.:"
"""Signs between the segments of a path, also in a name that is made of it."""
Place = tuple[int, str, str]
"""Status, kind of body, and where it stands."""


class Labels(Struct, frozen=True, dict=True):
    """Where each operation's refusals have a label, learned from all of them."""

    denials: tuple[RefusedAnswer, ...]

    @cached_property
    def _places(self) -> frozenset[Place]:
        """Where every operation has one constant label, and nearly each another one."""
        answers: dict[tuple[int, str], dict[OperationKey, list[RefusedAnswer]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for each in self.denials:
            for status in (each.http.status, ANY_STATUS):
                answers[status, each.http.shape.kind][each.operation].append(each)
        return frozenset(
            (status, kind, place)
            for (status, kind), by_operation in answers.items()
            for place, labels in _constant(by_operation).items()
            if len(labels) == len(by_operation) and _name_operations(labels.values(), status)
        )

    def has_place(self, answer: RefusedAnswer, place: str) -> bool:
        """Return whether a place of a refusal is one for labels."""
        kind = answer.http.shape.kind
        return not {(answer.http.status, kind, place), (ANY_STATUS, kind, place)}.isdisjoint(self._places)

    def is_label(self, word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
        """Return whether a word is the operation's label, or made of its words, and none of these its own answers'."""
        if not looks_like_a_label(word.text, answer.http.status):
            return False
        if not (self.has_place(answer, word.piece.name) or self._repeats_a_label(word, answer)):
            return False
        parts = _parts_of(word.text, letters(answer.operation.path))
        return not any(
            own_words.have(form, word.piece.name) for part in parts for form in (part, *spellings(part))
        )

    def ends_with_the_path(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether it is a page for the requested path, as other operations have one at the same place."""
        beginning = _before_the_path(word.text, answer.request.target)
        having = self._beginnings.get((word.piece.name, beginning), frozenset())
        return bool(beginning) and bool(having - {answer.operation})

    @cached_property
    def _beginnings(self) -> Mapping[tuple[str, str], frozenset[OperationKey]]:
        """The operations with a page for the requested path, by its place and what stands in front of the path."""
        found: dict[tuple[str, str], set[OperationKey]] = defaultdict(set)
        for each in self.denials:
            for word in each.words:
                if _is_place(word.piece.name) and (
                    beginning := _before_the_path(word.text, each.request.target)
                ):
                    found[word.piece.name, beginning].add(each.operation)
        return {place: frozenset(operations) for place, operations in found.items()}

    def _repeats_a_label(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether a name has only words of labels that stand elsewhere in the answer."""
        others = (w for w in answer.words if w is not word and self.has_place(answer, w.piece.name))
        known = {part for label in others for part in letters(label.text)}
        said = letters(word.text)
        return bool(said) and known.issuperset(said)


def _before_the_path(page: str, target: str) -> str:
    """Return what stands in front of the requested path, the segments of which other signs may join."""
    segments = unquoted(target.partition("?")[0]).strip("/").split("/")
    for sign in JOINING:
        before = page.removesuffix(sign.join(segments))
        if before and before != page and not before[-1].isalnum():
            return before
    return ""


def _parts_of(label: str, path: Iterable[str]) -> tuple[str, ...]:
    """Return the label and its parts, without those that the path of the operation names."""
    named = tuple(path)
    parts = PART.findall(VERSION.sub("", label))
    return (label, *(part for part in parts if not any(same_stem(part.lower(), name) for name in named)))


def looks_like_a_label(text: str, status: int) -> bool:
    """Return whether a text is a name that several words make, or a code, perhaps the status with more digits."""
    if len(text) > LONGEST_LABEL:
        return False
    code = CODE.fullmatch(text)
    number, statuses = code[1] if code else text, {status, *DENIALS}
    return bool(JOINED.fullmatch(VERSION.sub("", text)) or PAGE.fullmatch(text)) or extends_the_status(
        number, statuses
    )


def _constant(
    by_operation: Mapping[OperationKey, list[RefusedAnswer]],
) -> Mapping[str, Mapping[OperationKey, str]]:
    """Return by place the one label that all refusals of an operation have and not those of every other one."""
    common = frozenset.intersection(*(each.tokens for every in by_operation.values() for each in every))
    found: dict[str, dict[OperationKey, str]] = defaultdict(dict)
    for operation, every in by_operation.items():
        constant = frozenset.intersection(*(each.tokens for each in every)) - common
        places: dict[str, set[str]] = defaultdict(set)
        for word in every[0].words:
            if word.token in constant and _is_place(word.piece.name):
                places[word.piece.name].add(word.text)
        for place, texts in places.items():
            if len(texts) == 1:
                found[place][operation] = next(iter(texts))
    return found


def _is_place(name: str) -> bool:
    """Whether it is a member of a JSON body, or a header field."""
    return name.startswith("/") or (name.endswith(":") and name != "location:")


def _name_operations(labels: Iterable[str], status: int) -> bool:
    times = Counter(labels)
    different = len(times) >= LEAST_DIFFERENT and times.total() <= MOST_ALIKE * len(times)
    return different and all(looks_like_a_label(label, status) for label in times)
