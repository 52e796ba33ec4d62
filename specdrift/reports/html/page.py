"""Puts the page together: one file, one style, one script, the whole result inside, and nothing fetched.

The Content Security Policy names the style and the script by their digests; everything else is forbidden, so
that text which slipped through the escaping could still neither run nor load anything. The result rides along
packed: the script shows evidence from it on a click, and offers it as a download, as JSON and as SARIF.
"""

import base64
import json
from hashlib import sha256
from typing import TYPE_CHECKING

from markupsafe import Markup

from specdrift.reports.ci import sarif
from specdrift.reports.html import templates
from specdrift.reports.html.packed_files import KeptOnce, packed, packed_with_marks
from specdrift.reports.html.view.page import page as view
from specdrift.result import serialize

if TYPE_CHECKING:
    from specdrift.model.result.result import Result
    from specdrift.reports.html.view.matrix_types import MatrixView
    from specdrift.reports.html.view.page_types import Page
    from specdrift.reports.report_format import RenderOptions

POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
    "base-uri 'none'; form-action 'none'"
)


def page(result: "Result", options: "RenderOptions") -> str:
    """The whole page as text."""
    environment = templates.environment(options.templates)
    style, script = (templates.source(environment, name) for name in ("style.css", "script.js"))
    shown = view(result, lambda file: options.owners(options.locate(file)), note=options.note)
    style += _columns(shown.matrix)
    context = {
        "page": shown,
        # Our own files, whose digests must match to the last byte.
        "style": Markup(style),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "policy": POLICY.format(style=_digest(style), script=_digest(script)),
        "archives": _archives(result, options, shown),
    }
    return templates.render(environment, templates.ENTRY, context)


def _columns(matrix: "MatrixView") -> str:
    """What the style file cannot know: how many columns the matrix has, and which of them need not show."""
    after = matrix.fixed + matrix.first + 1
    return (
        f"\n.matrix {{ --identities: {max(len(matrix.columns), 1)}; }}"
        f"\n@media screen {{ .matrix.few {{ --identities: {max(matrix.first, 1)}; }}"
        f" .matrix.few tr > :nth-child(n+{after}):not(.also) {{ display: none; }} }}"
    )


def _digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _archives(result: "Result", options: "RenderOptions", shown: "Page") -> "dict[str, Markup]":
    """Pack what the script unpacks: the files of two formats, byte for byte, and each card as Markdown."""
    cards = {card.id: card.markdown for cause in shown.causes for card in (*cause.cards, *cause.folded)}
    files = {
        "json": packed_with_marks(serialize.portions(result, KeptOnce().part)),
        "sarif": packed([sarif.render(result, options)]),
        "markdown": packed([json.dumps(cards).encode()]),
    }
    # Base64: nothing in it needs escaping.
    return {name: Markup(text) for name, text in files.items()}  # noqa: S704
