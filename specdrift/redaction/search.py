"""Replaces secrets in texts. Compiled once for a set of secrets; every text takes linear time. Pure.

Secrets of eight letters and digits or more are found in any case, with any punctuation between, reversed, in Base64 and
Base64url at each alignment, hexadecimal, as decimal bytes, in escapes of URLs, HTML and JSON, and cut where a text
ends.
Secrets of six and seven characters are found as they are written, and decoded. Shorter ones are not searched: they
would hit ordinary words. Their header or parameter is hidden by its name.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from specdrift.model.secrets import HIDDEN
from specdrift.model.shortened import ELLIPSIS
from specdrift.redaction.views import View, decoded_layers, folded, incomplete_escape, kept, layers

SHORTEST = 6
"""Characters of a secret that is searched, and of a part that the cut end of a text leaves of it."""
LEAST_FOLDED = 8
"""Letters and digits of a form that is searched in folded texts, and of a part at an end that is not cut."""
FEW = 256
"""So many forms are searched one after the other, more by their first characters."""
CACHED = 4096
"""Characters of a text that is worth remembering: servers repeat their answers."""
Span = tuple[int, int]


class SecretSearch:
    """Hides a set of secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        chosen = {secret for secret in secrets if len(secret) >= SHORTEST and HIDDEN not in secret}
        self._exact = tuple(sorted(secret for secret in chosen if len(folded(secret)) < LEAST_FOLDED))
        forms = {form for secret in chosen for form in _forms(secret)}
        self._forms = tuple(sorted(form for form in forms if _is_searched(form)))
        self._joined = "\n".join(self._forms)
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for form in self._forms:
            self._by_start[form[:LEAST_FOLDED]].append(form)
        self._remembered = lru_cache(maxsize=8192)(self._hidden)

    def hide(self, text: str, *, cut: bool = False) -> str:
        """Return the text without the secrets. ``cut``: the text goes on where it ends here."""
        if len(text) < SHORTEST or not (self._forms or self._exact):
            return text
        return (self._remembered if len(text) <= CACHED else self._hidden)(text, cut)

    def _hidden(self, text: str, cut: bool) -> str:  # noqa: FBT001 - cached by position
        if not self._may_have(text, cut=cut):
            return text
        # What is hidden already stays as it is.
        pieces = text.split(HIDDEN)
        last = len(pieces) - 1
        return HIDDEN.join(
            self._piece(piece, first=at == 0, last=at == last, cut=cut) for at, piece in enumerate(pieces)
        )

    def _may_have(self, text: str, *, cut: bool) -> bool:
        if any(exact in layer for layer in decoded_layers(text) for exact in self._exact):
            return True
        body = text[: len(text) - incomplete_escape(text)] if cut else text
        return any(self._folded_may_have(folded(layer), cut=cut) for layer in decoded_layers(body))

    def _folded_may_have(self, text: str, *, cut: bool) -> bool:
        if any(form in text for form in self._candidates(text)):
            return True
        least = SHORTEST if cut or ELLIPSIS in text else LEAST_FOLDED
        return any(
            len(part) >= least and (part[-least:] in self._joined or part[:least] in self._joined)
            for part in text.split(ELLIPSIS)
        )

    def _candidates(self, text: str) -> Iterable[str]:
        """Return the forms that a folded text may have."""
        if len(self._forms) <= FEW:
            return self._forms
        parts = {text[at : at + LEAST_FOLDED] for at in range(len(text) - LEAST_FOLDED + 1)}
        return [form for part in parts & self._by_start.keys() for form in self._by_start[part]]

    def _piece(self, text: str, *, first: bool, last: bool, cut: bool) -> str:
        """Return a text without the secrets. Only a real beginning and end can leave part of one."""
        left = incomplete_escape(text) if cut and last else 0
        body = text[: len(text) - left]
        spans: list[Span] = []
        for view in layers(body):
            spans += (
                (view.starts[start], view.ends[end - 1])
                for start, end in _found(view.characters, self._exact)
            )
            spans += self._spans(view, len(body), first=first, last=last, cut=cut)
        if left and any(end == len(body) for _, end in spans):
            spans.append((len(body), len(text)))
        return _replaced(text, spans)

    def _spans(self, view: View, length: int, *, first: bool, last: bool, cut: bool) -> Iterator[Span]:
        """Yield the places in the original text, of this length, that the folded view shows."""
        text = folded(view.characters)
        found = [*_found(text, self._candidates(text)), *self._parts(text, first=first, last=last, cut=cut)]
        if not found:
            return
        places = kept(view.characters)
        for start, end in found:
            to_the_end = cut and last and end == len(text)
            yield view.starts[places[start]], length if to_the_end else view.ends[places[end - 1]]

    def _parts(self, text: str, *, first: bool, last: bool, cut: bool) -> Iterator[Span]:
        """Yield the parts of secrets that are left where the text begins, ends, or was shortened."""
        at, pieces = 0, text.split(ELLIPSIS)
        for number, piece in enumerate(pieces):
            begins, ends = number == 0, number == len(pieces) - 1
            if not begins or first:
                size = self._longest_at_start(piece, LEAST_FOLDED if begins else SHORTEST)
                yield from [(at, at + size)] if size else ()
            if not ends or last:
                size = self._longest_at_end(piece, LEAST_FOLDED if ends and not cut else SHORTEST)
                yield from [(at + len(piece) - size, at + len(piece))] if size else ()
            at += len(piece) + len(ELLIPSIS)

    def _longest_at_end(self, text: str, least: int) -> int:
        if len(text) < least or text[-least:] not in self._joined:
            return 0
        return max(_overlap(text[-len(form) :], form, least) for form in self._forms)

    def _longest_at_start(self, text: str, least: int) -> int:
        if len(text) < least or text[:least] not in self._joined:
            return 0
        return max(_overlap(form, text[: len(form)], least) for form in self._forms)


def _forms(secret: str) -> Iterator[str]:
    """Yield the folded forms of a secret."""
    content = secret.encode("utf-8", "surrogatepass")
    # What looks like an escape in a secret is decoded with the escapes around it.
    yield from map(folded, decoded_layers(secret))
    yield folded(secret[::-1])
    yield folded(content.decode("latin-1"))
    yield content.hex()
    yield "".join(map(str, content))
    for before in range(3):
        # Characters that depend on the secret alone, with so many bytes before it.
        encoded = base64.b64encode(bytes(before) + content).decode()
        yield folded(encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6])


def _is_searched(form: str) -> bool:
    return len(form) >= LEAST_FOLDED and form not in folded(HIDDEN) and len(set(form)) > 1


def _overlap(head: str, tail: str, least: int) -> int:
    """Return the length of the longest end of ``head``, of ``least`` characters or more, that ``tail`` begins with."""
    end = head[-least:]
    at = tail.rfind(end)
    while at >= 0:
        if head.endswith(tail[: at + least]):
            return at + least
        at = tail.rfind(end, 0, at + least - 1)
    return 0


def _found(text: str, forms: Iterable[str]) -> Iterator[Span]:
    for form in forms:
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + 1)


def _replaced(text: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    at, hidden_to = 0, -1
    for start, end in sorted(spans):
        if start > hidden_to:
            parts += [text[at:start], HIDDEN]
        at = hidden_to = max(end, hidden_to)
    return "".join((*parts, text[at:]))
