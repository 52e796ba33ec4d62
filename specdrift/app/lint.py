"""Lints a document: its own findings, and its security changes since an older document. Contacts no target."""

from specdrift.app.notices import Notify, ignore
from specdrift.app.output import NO_OUTPUT, Output, publish_all
from specdrift.app.prior_findings import read_prior_findings
from specdrift.model.result.result import Result
from specdrift.settings import Settings


def lint_document(
    settings: Settings, output: Output = NO_OUTPUT, *, against: str = "", notify: Notify = ignore
) -> Result:
    """Lint ``settings.spec``, compared with the older document ``against`` if it is not empty."""
    from specdrift.offline.linting import lint

    prior = read_prior_findings(settings)
    result = prior.apply(lint(settings, against=against))
    publish_all(result, prior, output, notify)
    return result
