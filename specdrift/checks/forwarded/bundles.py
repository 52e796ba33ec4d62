"""Headers put into requests: many at once, and fewer of them where many at once did something. Pure.

A ``Claims`` is a tree: a bundle of conventions, each of headers, each of one. What a bundle does is narrowed down by
asking for its parts; where no part does it alone, by leaving out one header after the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

from specdrift.checks.forwarded.claim import Claim
from specdrift.checks.forwarded.headers import CONVENTIONS, Convention, Field

MAX_BYTES = 7000
"""Of the headers of a bundle: Tomcat and Jetty take 8 KiB of header section in all."""
MAX_FIELDS = 60
"""Apache, hyper and Python take 100 fields."""

DECOY = "-"
"""What stands in the first of two headers of a name: the usual word for nothing."""

Headers = tuple[tuple[str, str], ...]


class Form(Enum):
    """How the headers of a bundle are sent."""

    AS_DOCUMENTED = "headers"
    REPEATED = "headers that come twice"
    """After one that means nothing, and in lower case: who deletes or looks at the first lets the second pass."""
    OTHER_SEPARATOR = "headers with - and _ exchanged"
    """CGI, WSGI and their like make one variable of both: a proxy that deletes one lets the other pass."""
    HOP_BY_HOP = "headers named by Connection"
    """What ``Connection`` names is removed by the next proxy (RFC 9110 §7.6.1), also what that proxy has set."""


class Got(Enum):
    """What the first attempt with some headers brought."""

    ARRIVED = "arrived"
    NOTHING = "nothing"
    BLOCKED = "blocked"
    """The request was not looked at: too large, or something in it was not liked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Headers that are sent together. ``name`` tells a run's claims apart; the parts have all fields between them."""

    name: str
    fields: tuple[Field, ...]
    form: Form = Form.AS_DOCUMENTED
    parts: tuple["Claims", ...] = field(default=(), repr=False)

    def headers(self, claim: Claim) -> Headers:
        """What goes into the request."""
        if self.form is Form.HOP_BY_HOP:
            return (("Connection", ", ".join(f.name for f in self.fields)),)
        return self._written(_encoded(self.fields, claim))

    def _written(self, pairs: Iterable[tuple[str, str]]) -> Headers:
        """The fields as they are sent, each after its decoy where they come twice."""
        if self.form is not Form.REPEATED:
            return tuple(pairs)
        return tuple(field for name, value in pairs for field in ((name, DECOY), (name, value)))

    def noise(self, claim: Claim) -> Headers:
        """As many headers, names and values as long, which mean nothing to anybody."""
        names = tuple(f"X-{number}".ljust(len(f.name), "n") for number, f in enumerate(self.fields))
        if self.form is Form.HOP_BY_HOP:
            return (("Connection", ", ".join(names)),)
        values = (f.format.encode(claim) for f in self.fields)
        return self._written((name, "n" * len(value)) for name, value in zip(names, values, strict=True))

    def without(self, left_out: Field) -> "Claims":
        """The same claims but one."""
        kept = tuple(f for f in self.fields if f != left_out)
        return replace(self, name=f"{self.name} without {left_out.name}", fields=kept, parts=())


@lru_cache(maxsize=512)
def _encoded(fields: tuple[Field, ...], claim: Claim) -> Headers:
    """Remembered, since each operation is asked with the same claims."""
    return tuple((f.name, f.format.encode(claim)) for f in fields)


def together(fields: Iterable[Field], form: Form) -> Claims:
    """Claims that are narrowed down no further, named by what they are."""
    kept = tuple(fields)
    names = " + ".join(f.name for f in kept)
    words = ", ".join(dict.fromkeys(f.format.words for f in kept))
    how = f" as {words}" + (", after another of that name" if form is Form.REPEATED else "")
    name = names + (" in Connection" if form is Form.HOP_BY_HOP else how)
    return Claims(name=name, fields=kept, form=form)


@lru_cache(maxsize=64)
def bundles(claim: Claim, *, only_names: bool) -> tuple[Claims, ...]:
    """The whole table in few requests, every form of it. ``only_names``: what does not say who it is left out."""
    chosen = [c for c in CONVENTIONS if c.names_somebody or not only_names]
    forms = (Form.AS_DOCUMENTED, Form.OTHER_SEPARATOR, Form.REPEATED)
    packed = [(form, pack) for form in forms for pack in _packed(_put(chosen, form), claim, form)]
    hop = [] if only_names else [(Form.HOP_BY_HOP, _once(chosen))]
    return tuple(_bundle(n, pack, form) for n, (form, pack) in enumerate((*packed, *hop), start=1))


def _put(conventions: Iterable[Convention], form: Form) -> list[Convention]:
    if form is Form.AS_DOCUMENTED:
        return list(conventions)
    if form is Form.REPEATED:
        return [
            replace(c, fields=tuple(replace(f, name=f.name.lower()) for f in c.fields)) for c in conventions
        ]
    changed = (
        replace(c, fields=tuple(replace(f, name=_exchanged(f.name)) for f in c.fields if _exchanged(f.name)))
        for c in conventions
    )
    return [convention for convention in changed if convention.fields]


def _exchanged(name: str) -> str:
    """The name with the other separator; empty where it has none."""
    return name.replace("-", "_") if "-" in name else name.replace("_", "-") if "_" in name else ""


def _packed(conventions: Sequence[Convention], claim: Claim, form: Form) -> list[list[Convention]]:
    """First fit: each convention goes where its names are not taken and its bytes have room."""
    packs: list[list[Convention]] = []
    for convention in conventions:
        fitting = (pack for pack in packs if _fits(convention, pack, claim, form))
        pack = next(fitting, None)
        if pack is None:
            packs.append([convention])
        else:
            pack.append(convention)
    return packs


def _fits(convention: Convention, pack: Sequence[Convention], claim: Claim, form: Form) -> bool:
    there = [f for other in pack for f in other.fields]
    both = [*there, *convention.fields]
    decoys = sum(len(f.name) + len(DECOY) + 4 for f in both) if form is Form.REPEATED else 0
    size = decoys + sum(len(f.name) + len(f.format.encode(claim)) + 4 for f in both)
    count = len(both) * (2 if form is Form.REPEATED else 1)
    taken = {_folded(f) for f in there}
    free = not any(_folded(f) in taken for f in convention.fields)
    return free and count <= MAX_FIELDS and size <= MAX_BYTES


def _folded(header: Field) -> str:
    """The name as servers have it that do not tell separators apart."""
    return header.name.lower().replace("_", "-")


def _once(conventions: Iterable[Convention]) -> list[Convention]:
    """Each name once, whatever formats it has."""
    known: set[str] = set()
    kept = []
    for convention in conventions:
        fields = tuple(f for f in convention.fields if _folded(f) not in known)
        known |= {_folded(f) for f in fields}
        kept += [replace(convention, fields=fields)] if fields else []
    return kept


def _bundle(number: int, conventions: Sequence[Convention], form: Form) -> Claims:
    parts = tuple(_of(convention, form) for convention in conventions)
    return Claims(
        name=f"bundle {number}: {form.value}",
        fields=tuple(f for part in parts for f in part.fields),
        form=form,
        parts=parts,
    )


def _of(convention: Convention, form: Form) -> Claims:
    if len(convention.fields) == 1:
        return together(convention.fields, form)
    return Claims(
        name=f"{convention.stack}: {form.value}",
        fields=convention.fields,
        form=form,
        parts=tuple(together((f,), form) for f in convention.fields),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """``ask`` is to be sent next; ``causes`` are the fewest headers that do it."""

    ask: tuple[Claims, ...] = ()
    causes: tuple[Claims, ...] = ()


def narrowed(claims: Claims, got: Mapping[str, Got]) -> Narrowed:
    """How far claims are narrowed down by what is known of their parts."""
    known = got.get(claims.name)
    if known is None:
        return Narrowed(ask=(claims,))
    if known is Got.NOTHING:
        return Narrowed()
    if not claims.parts:
        return Narrowed(causes=(claims,)) if known is Got.ARRIVED else Narrowed()
    below = [narrowed(part, got) for part in claims.parts]
    found = Narrowed(
        ask=tuple(claims for part in below for claims in part.ask),
        causes=tuple(claims for part in below for claims in part.causes),
    )
    if found.ask or found.causes or known is Got.BLOCKED:
        return found
    return _needed(claims, got)


def _needed(claims: Claims, got: Mapping[str, Got]) -> Narrowed:
    """Several headers are needed: those without which it is not done."""
    lacking = [claims.without(f) for f in claims.fields]
    ask = tuple(less for less in lacking if less.name not in got)
    if ask:
        return Narrowed(ask=ask)
    needed = [f for f, less in zip(claims.fields, lacking, strict=True) if got[less.name] is not Got.ARRIVED]
    return Narrowed(causes=(together(needed or claims.fields, claims.form),))


def in_turn(
    bundles_of: Sequence[Sequence[Claims]], *, least: int, enough: int, everything: bool = False
) -> Iterator[tuple[int, Claims]]:
    """Which of several operations is asked with which of its bundles: each with all of them where they are few,
    else each bundle on ``enough`` operations and at least ``least`` bundles on each operation, in turn.
    """
    for number, mine in enumerate(bundles_of):
        share = -(-enough * len(mine) // len(bundles_of))
        count = len(mine) if everything else min(len(mine), max(least, share))
        for step in range(count):
            yield number, mine[(number * count + step) % len(mine)]


def walk(claims: Claims) -> Iterator[Claims]:
    """The claims and all their parts."""
    yield claims
    for part in claims.parts:
        yield from walk(part)
