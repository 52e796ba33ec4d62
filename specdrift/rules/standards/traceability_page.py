"""Renders standards, requirement by requirement: as Markdown (``docs/traceability.md``) and for a terminal."""

from collections.abc import Iterator
from textwrap import fill

from specdrift.rules import RULES
from specdrift.rules.standards import STANDARD_PROFILES
from specdrift.rules.standards.standard_profile import StandardProfile, StandardRequirement
from specdrift.rules.standards.without_requirement import rules_without_requirement

OPENING = """\
# Trace requirements of a standard

`specdrift check --profile NAME` adds to the result, to the HTML report, to the text and to Markdown what the run says
about each requirement of a standard. It sends the same requests as without. `specdrift rules --profile NAME` prints one
table of this page; `./dev docs` generates it from `specdrift/rules/standards/`.

| status | meaning |
| --- | --- |
| violated | a drift of the run violates it, also one that the baseline accepts |
| not established | probes could answer for it, but the run stopped, left something out, or decided not every operation |
| no violation found | its rules were looked for on all operations and none is reported; more is not claimed |
| not probed | no probe answers for it |

No status says that a requirement is fulfilled: what is "probed in part" covers what the last column names. The words of
the requirements are ours. A requirement whose standard could not be read has no id. With a profile, drifts have at least
the severity that the standard requires, where the tables name one.

Fields of client certificates that carry identities and roles are read from each configured certificate, and shown by the
report and by `specdrift identities`. They set no roles: name those of your document with `roles` of `[[identities]]`.
"""
WITHOUT = """
## Rules without a requirement

| rule | why |
| --- | --- |
"""


def traceability_page() -> str:
    """Render the page of all standards."""
    pages = "".join(f"\n{standard_page(one)}" for one in STANDARD_PROFILES.values())
    return f"{OPENING}{pages}{WITHOUT}" + "".join(
        f"| [{rule}](rules.md#{rule}) | {reason} |\n" for rule, reason in rules_without_requirement().items()
    )


def standard_page(standard: StandardProfile) -> str:
    """Render one standard as Markdown."""
    return "\n".join((*_opening(standard), *map(_row, standard.requirements))) + "\n"


def _opening(standard: StandardProfile) -> Iterator[str]:
    yield f"## {standard.name}"
    yield f"\n[{standard.title}]({standard.url}): {standard.edition}."
    if standard.note:
        yield f"\n{standard.note}"
    if standard.fields:
        yield f"\nFields of certificates: {', '.join(standard.fields)}."
    yield "\n| requirement | | coverage | rules | what is probed, or why nothing is |\n| --- | --- | --- | --- | --- |"


def _row(one: StandardRequirement) -> str:
    rules = ", ".join(f"[{rule}](rules.md#{rule})" for rule in one.rules) or "-"
    about = f" ({', '.join(one.certificates)} only)" if one.certificates else ""
    least = f"; at least {one.severity}" if one.severity else ""
    return f"| {one.label} | {one.text} | {one.coverage} | {rules}{about}{least} | {one.how} |"


def standard_listing(standard: StandardProfile, *, width: int) -> str:
    """Format one standard in at most ``width`` columns."""
    return "\n".join(_lines(standard, width)) + "\n"


def _lines(standard: StandardProfile, width: int) -> Iterator[str]:
    yield fill(f"{standard.title} ({standard.edition})", width=width)
    if standard.note:
        yield fill(standard.note, width=width)
    for one in standard.requirements:
        yield ""
        yield fill(f"{one.label}: {one.text}", width=width)
        yield from _details(one, width)


def _details(one: StandardRequirement, width: int) -> Iterator[str]:
    yield fill(f"{one.coverage}: {one.how}", width=width, initial_indent="  ", subsequent_indent="  ")
    for rule in one.rules:
        least = one.severity if one.severity and one.severity.rank > RULES[rule].severity.rank else ""
        yield f"  {rule} ({least or RULES[rule].severity})"
