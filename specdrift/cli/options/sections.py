"""The headings under which help lists options, so that forty of them can be read."""

from collections.abc import Iterable

import click

_SECTIONS = {
    "Target and callers": (
        "base_url",
        "cacert",
        "insecure",
        "cert",
        "key",
        "cert_type",
        "key_pass_file",
        "identity",
        "resolve",
    ),
    "What is asked": (
        "include_path",
        "include_method",
        "include_tag",
        "include_operation_id",
        "exclude_path",
        "exclude_method",
        "exclude_tag",
        "exclude_operation_id",
        "include_logout",
        "unsafe_methods",
        "checks",
        "skip_checks",
        "shard",
        "feed",
        "source",
        "entry",
        "guard",
    ),
    "Load and patience": (
        "concurrency",
        "rate_limit",
        "timeout",
        "overall_timeout",
        "retries",
        "max_requests",
    ),
    "What is known already": ("baseline", "update_baseline", "previous", "resume"),
    "Exit status": ("fail_on", "allow_incomplete", "exit_zero"),
    "Output": ("report", "format", "form", "output", "record", "templates", "quiet", "verbose", "color"),
}
_REST = "Options"
_SECTION_OF = {name: section for section, names in _SECTIONS.items() for name in names}

Row = tuple[str, str]


def sections(params: Iterable[click.Parameter], ctx: click.Context) -> dict[str, list[Row]]:
    """The rows of help by heading, those that belong nowhere last; a few options need no headings."""
    options = [param for param in params if isinstance(param, click.Option)]
    rows = [(option.name or "", row) for option in options if (row := option.get_help_record(ctx))]
    few = len(rows) <= 10
    found: dict[str, list[Row]] = {section: [] for section in (*_SECTIONS, _REST)}
    for name, row in rows:
        found[_REST if few else _SECTION_OF.get(name, _REST)].append(row)
    return {section: listed for section, listed in found.items() if listed}
