"""Bundles of claims in headers, and how a bundle is narrowed down to the fewest headers. Pure.

``Claims`` form a tree: a bundle of conventions, each of several headers, each of one. A bundle that had an effect is
narrowed down by sending its parts; if no part suffices, by leaving out one header after the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.forwarded.claim import Claim
from specdrift.checks.forwarded.convention import Convention, Field
from specdrift.checks.forwarded.header_forms import (
    DECOY,
    DEFAULT_FORMS,
    FORMATS,
    IN_WORDS,
    MALFORMED,
    RARE_FORMS,
    RENAMED,
    HeaderForm,
)
from specdrift.checks.forwarded.headers import CONVENTIONS, SET_BY_PROXIES
from specdrift.model.exchange.probe import ProbeTag

MAX_BYTES = 7000
"""Maximum size of a bundle's headers: Tomcat and Jetty accept a header section of 8 KiB."""
MAX_FIELDS = 60
"""Apache, hyper and Python accept 100 fields."""

Headers = tuple[tuple[str, str], ...]


class ClaimEffect(Enum):
    """The effect of the first attempt with some headers."""

    ARRIVED = "arrived"
    NOTHING = "nothing"
    OBSCURED = "obscured"
    """The server answered otherwise than without them, as to a header section that it does not read."""


class Claims(Struct, frozen=True, kw_only=True):
    """Headers that are sent together."""

    name: str
    """Unique in a run."""
    fields: tuple[Field, ...]
    form: HeaderForm = HeaderForm.AS_DOCUMENTED
    parts: tuple["Claims", ...] = ()
    """Smaller claims that have all of these fields between them."""
    is_cause: bool = False
    """Whether a finding can be about them: they are narrowed down no further."""

    @property
    def tag(self) -> ProbeTag:
        """The tag of their probes. Headers named by Connection carry no value."""
        if not self.is_cause:
            return ProbeTag(name=self.name)
        names = tuple(f.name for f in self.fields)
        encodings = "" if self.form is HeaderForm.HOP_BY_HOP else _encodings(self.fields, self.form)
        return ProbeTag(name=self.name, subject=" + ".join(names), headers=names, encoding=encodings)

    def headers(self, claim: Claim) -> Headers:
        """Return the header fields of the request."""
        if self.form is HeaderForm.HOP_BY_HOP:
            return (("Connection", ", ".join(f.name for f in self.fields)),)
        return self._written((f.name, f.format.encode(claim)) for f in self.fields)

    def _written(self, pairs: Iterable[tuple[str, str]]) -> Headers:
        """Return the fields as sent, each after its decoy if they come twice."""
        if self.form is HeaderForm.JOINED:
            return tuple((name, f"{DECOY},{value}") for name, value in pairs)
        if self.form is HeaderForm.NO_COLON:
            return tuple((f"{name} {value}", "") for name, value in pairs)
        if self.form is not HeaderForm.REPEATED:
            return tuple(pairs)
        return tuple(field for name, value in pairs for field in ((name, DECOY), (name, value)))

    def noise(self, claim: Claim) -> Headers:
        """Return as many meaningless headers, with names and values of the same length."""
        names = tuple(
            f.name.replace(f.name.strip(), f"X-{number}".ljust(len(f.name.strip()), "n"))
            for number, f in enumerate(self.fields)
        )
        if self.form is HeaderForm.HOP_BY_HOP:
            return (("Connection", ", ".join(names)),)
        values = (f.format.encode(claim) for f in self.fields)
        return self._written((name, "n" * len(value)) for name, value in zip(names, values, strict=True))

    def without(self, left_out: Field) -> "Claims":
        """Return the claims without one field."""
        kept = tuple(f for f in self.fields if f != left_out)
        return replace(self, name=f"{self.name} without {left_out.name}", fields=kept, parts=())


def together(fields: Iterable[Field], form: HeaderForm) -> Claims:
    """Return claims that are narrowed down no further, named by their fields."""
    kept = tuple(fields)
    names = " + ".join(f.name for f in kept)
    name = (
        f"{names} in Connection" if form is HeaderForm.HOP_BY_HOP else f"{names} as {_encodings(kept, form)}"
    )
    return Claims(name=name, fields=kept, form=form, is_cause=True)


def _encodings(fields: Iterable[Field], form: HeaderForm) -> str:
    """How the values are written, in words."""
    words = ", ".join(dict.fromkeys(f.format.words for f in fields))
    return words + IN_WORDS.get(form, "")


@lru_cache(maxsize=64)
def bundles(claim: Claim, *, only_names: bool, everything: bool = False) -> tuple[Claims, ...]:
    """Return the whole table in few requests, in every form; with ``only_names`` those that name an identity only.

    ``everything`` adds the forms that few servers read.
    """
    chosen = [c for c in CONVENTIONS if c.names_identity or not only_names]
    forms = (*DEFAULT_FORMS, *RARE_FORMS) if everything else DEFAULT_FORMS
    packed = [(form, pack) for form in forms for pack in _packed(_put(chosen, form), claim, form)]
    hop = [] if only_names else [(HeaderForm.HOP_BY_HOP, _once((*chosen, SET_BY_PROXIES)))]
    leading = _put(chosen, HeaderForm.LEADING_SPACE) if everything else ()
    packed += [(HeaderForm.LEADING_SPACE, [convention]) for convention in leading]
    return tuple(_bundle(n, pack, form) for n, (form, pack) in enumerate((*packed, *hop), start=1))


def _put(conventions: Iterable[Convention], form: HeaderForm) -> list[Convention]:
    sent = (c for c in conventions if c.in_every_form or form is HeaderForm.AS_DOCUMENTED)
    changed = (replace(c, fields=tuple(_fields(c.fields, form))) for c in sent)
    return [convention for convention in changed if convention.fields]


def _fields(fields: Sequence[Field], form: HeaderForm) -> Iterator[Field]:
    """Yield the fields that have this form, with their names in it."""
    renamed = RENAMED.get(form, str)
    some = fields[:1] if form is HeaderForm.LEADING_SPACE else fields
    for f in some:
        if (form not in FORMATS or f.format in FORMATS[form]) and (name := renamed(f.name)):
            yield replace(f, name=name)


class _Pack(Struct):
    """Conventions that share a request, and what their headers take."""

    conventions: list[Convention] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    count: int = 0
    size: int = 0

    def has_room(self, other: "_Pack") -> bool:
        """Whether it has none of the other's names, and both together keep the limits."""
        fits = self.count + other.count <= MAX_FIELDS and self.size + other.size <= MAX_BYTES
        return fits and self.names.isdisjoint(other.names)

    def add(self, other: "_Pack") -> None:
        """Take the other's conventions."""
        self.conventions += other.conventions
        self.names |= other.names
        self.count += other.count
        self.size += other.size


def _packed(conventions: Iterable[Convention], claim: Claim, form: HeaderForm) -> list[list[Convention]]:
    """First fit: each convention goes into the first pack with room for its names and bytes."""
    packs: list[_Pack] = []
    for convention in conventions:
        alone = _alone(convention, claim, form)
        pack = next((pack for pack in packs if pack.has_room(alone)), None)
        if pack is None:
            packs.append(alone)
        else:
            pack.add(alone)
    return [pack.conventions for pack in packs]


def _alone(convention: Convention, claim: Claim, form: HeaderForm) -> _Pack:
    """Encode the values once: a certificate in an encoding of its own takes longest of all in a plan."""
    fields = convention.fields
    size = sum(len(f.name) + len(f.format.encode(claim)) + 4 for f in fields)
    twice = form is HeaderForm.REPEATED
    decoys = sum(len(f.name) + len(DECOY) + 4 for f in fields) if twice else 0
    return _Pack(
        conventions=[convention],
        names={_combined(f) for f in fields},
        count=len(fields) * (2 if twice else 1),
        size=size + decoys,
    )


def _combined(header: Field) -> str:
    """Return the name as servers see it that do not distinguish separators."""
    return header.name.strip().lower().replace("_", "-").replace(".", "-")


def _once(conventions: Iterable[Convention]) -> list[Convention]:
    """Keep each name once."""
    known: set[str] = set()
    kept = []
    for convention in conventions:
        fields = tuple(f for f in convention.fields if _combined(f) not in known)
        known |= {_combined(f) for f in fields}
        kept += [replace(convention, fields=fields)] if fields else []
    return kept


def _bundle(number: int, conventions: Sequence[Convention], form: HeaderForm) -> Claims:
    parts = tuple(_of(convention, form) for convention in conventions)
    return Claims(
        name=f"bundle {number}: {form.value}",
        fields=tuple(f for part in parts for f in part.fields),
        form=form,
        parts=parts,
    )


def _of(convention: Convention, form: HeaderForm) -> Claims:
    if len(convention.fields) == 1:
        return together(convention.fields, form)
    return Claims(
        name=f"{convention.stack}: {form.value}",
        fields=convention.fields,
        form=form,
        parts=tuple(together((f,), form) for f in convention.fields),
    )


class Narrowed(Struct, frozen=True, kw_only=True):
    """A step of narrowing down."""

    ask: tuple[Claims, ...] = ()
    """To be sent next."""
    causes: tuple[Claims, ...] = ()
    """The fewest headers that have the effect."""


def narrowed(claims: Claims, effects: Mapping[ProbeTag, ClaimEffect]) -> Narrowed:
    """Narrow claims down by the known effects of their parts."""
    known = effects.get(claims.tag)
    if known is None:
        return Narrowed(ask=(claims,))
    if known is ClaimEffect.NOTHING or (known is ClaimEffect.OBSCURED and claims.form in MALFORMED):
        return Narrowed()
    if not claims.parts:
        return Narrowed(causes=(claims,)) if known is ClaimEffect.ARRIVED else Narrowed()
    below = [narrowed(part, effects) for part in claims.parts]
    found = Narrowed(
        ask=tuple(claims for part in below for claims in part.ask),
        causes=tuple(claims for part in below for claims in part.causes),
    )
    if found.ask or found.causes or known is ClaimEffect.OBSCURED:
        return found
    return _needed(claims, effects)


def _needed(claims: Claims, effects: Mapping[ProbeTag, ClaimEffect]) -> Narrowed:
    """Several headers are needed: find those without which there is no effect."""
    reduced = [claims.without(f) for f in claims.fields]
    ask = tuple(less for less in reduced if less.tag not in effects)
    if ask:
        return Narrowed(ask=ask)
    needed = [
        f
        for f, less in zip(claims.fields, reduced, strict=True)
        if effects[less.tag] is not ClaimEffect.ARRIVED
    ]
    return Narrowed(causes=(together(needed or claims.fields, claims.form),))


def shared_out(
    bundles_of: Sequence[Sequence[Claims]], *, least: int, enough: int, everything: bool = False
) -> Iterator[tuple[int, Claims]]:
    """Share bundles out among operations: all of them on each if they are few, else in turn each bundle on ``enough``
    operations and at least ``least`` bundles on each operation. Yields the operation's number and the bundle.
    """
    for number, own in enumerate(bundles_of):
        share = -(-enough * len(own) // len(bundles_of))
        count = len(own) if everything else min(len(own), max(least, share))
        for step in range(count):
            yield number, own[(number * count + step) % len(own)]


def walk(claims: Claims) -> Iterator[Claims]:
    """The claims and all their parts."""
    yield claims
    for part in claims.parts:
        yield from walk(part)
