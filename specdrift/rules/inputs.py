"""Rules about what requests carry: whether it is looked at, and when."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="input-not-validated",
        severity=Severity.NOTE,
        title="Input that the document does not allow is not refused",
        summary="A good identity sends what the schema of a parameter or body does not allow, and it is taken "
        "like good input, brings a server error (500, 502), brings an answer that tells of the server's insides (a stack "
        "trace, one of its files), or, as a traversal, brings the content of a well-known file: that one is serious. What is clamped to its bound or cut off is not reported, nor "
        "is a text without constraints or a number written as text.",
        why="The document tells callers, gateways and generators what the server takes. Where the server takes more, "
        "nobody has thought about what happens then; a certificate says who calls, not that the input is harmless.",
        remedy="Parse input into the declared types before it is used, and refuse what does not fit with 400 "
        "or 422; never join it to a path.",
        references=(
            "CWE-20",
            "CWE-22",
            "OWASP API4:2023",
            "OWASP API8:2023",
            "CVE-2021-41773",
        ),
    ),
    Rule(
        id="denial-after-validation",
        severity=Severity.NOTE,
        title="Input is looked at before the caller is, or a refusal tells too much",
        summary="A caller without a certificate is refused when it asks as the document says, and told what "
        "is wrong with its input (400 or 422) when it does not; or who is refused is told of the server's insides: a "
        "stack trace, one of its files, the name of a certificate that the handshake does not say.",
        why="Strangers learn names and rules of the input, and their input reaches the code that parses it: whatever is "
        "wrong there can be used without a certificate. What they learn of the insides helps to find it.",
        remedy="Decide who calls before anything of the request is read, and refuse everybody in the same words.",
        references=(
            "CWE-204",
            "CWE-209",
            "CWE-696",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
    ),
)
