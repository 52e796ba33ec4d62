"""The pages of the rules, one small file for each group."""

from collections.abc import Mapping

from specdrift.rules.explanation import Explanation
from specdrift.rules.explanations import (
    around,
    authorization,
    data,
    documents,
    doors,
    enforcement,
    forwarded,
    readability,
    refusals,
    source,
)

_SERVERS = (enforcement, refusals, authorization, around, doors, forwarded, data)
_SOURCE = (source,)
_DOCUMENTS = (readability, documents)

EXPLANATIONS: Mapping[str, Explanation] = {
    each.rule: each for group in (*_SERVERS, *_SOURCE, *_DOCUMENTS) for each in group.EXPLANATIONS
}
