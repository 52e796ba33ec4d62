"""Lints a document: its own findings, and its security changes since an older document. Contacts no target."""

from collections.abc import Sequence

from specdrift.app.gate_review.gate import Gate
from specdrift.app.notices import Notify, ignore
from specdrift.app.output import NO_OUTPUT, Output, publish_all
from specdrift.app.prior_findings import read_prior_findings
from specdrift.model.result.result import Result


def lint_document(
    gate: Gate,
    output: Output = NO_OUTPUT,
    *,
    against: Sequence[str] = (),
    notify: Notify = ignore,
    reports_unreadable: bool = True,
) -> Result:
    """Lint the document of the gate's settings, compared with the older documents ``against``.

    A document that cannot be used gives a result with exit status 2; DocumentError without ``reports_unreadable``.
    """
    from specdrift.differ.gate_drifts import gate_drifts
    from specdrift.offline.linting import lint, linted

    prior = read_prior_findings(gate.settings, baseline=gate.baseline)
    drifts = gate_drifts(gate.changes, allowed=gate.allowed)
    how = lint if reports_unreadable else linted
    result = prior.apply(how(gate.settings, against=against, gate=drifts))
    publish_all(result, prior, output, notify)
    return result
