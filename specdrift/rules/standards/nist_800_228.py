"""NIST SP 800-228."""

from specdrift.rules.standards.standard_profile import WAYS_IN, StandardProfile, StandardRequirement

NIST_800_228 = StandardProfile(
    name="nist-800-228",
    title="NIST SP 800-228, Guidelines for API Protection for Cloud-Native Systems",
    edition="June 2025, Update 1 of March 2026",
    url="https://csrc.nist.gov/pubs/sp/800/228/upd1/final",
    note="The text of the publication could not be read for this table, and others quote its REC-API numbers differently. "
    "So no requirement has an id here: look the number up before you cite one.",
    requirements=(
        StandardRequirement(
            id="",
            text="Every API and endpoint is in the inventory, with its specification.",
            rules=("undocumented-endpoint",),
            how="a curated list of paths, imported traffic, and siblings of declared paths",
        ),
        StandardRequirement(
            id="",
            text="Communication is encrypted.",
            rules=("plaintext-listener",),
            how="the same port without TLS, and the listeners that are configured",
        ),
        StandardRequirement(
            id="",
            text="The calling service is authenticated on every request.",
            rules=(*WAYS_IN,),
            how="client certificates on the operations of the document",
        ),
        StandardRequirement(
            id="",
            text="The request is authorized, at every hop.",
            rules=(
                "role-not-enforced",
                "combination-not-enforced",
                "token-not-bound",
                "data-in-refusal",
                "data-elsewhere",
                "effect-despite-refusal",
                "session-outlives-certificate",
                "session-outlives-revocation",
                "session-replaces-certificate",
            ),
            how="roles and tokens that are configured, refused requests, and sessions after the certificate; only the hop "
            "that the base URL names",
        ),
        StandardRequirement(
            id="",
            text="Requests are validated against the schema of the API.",
            rules=("input-not-validated",),
            how="types, formats and limits that the document declares; responses are not validated",
        ),
        StandardRequirement(
            id="",
            text="Error responses disclose no internal details.",
            rules=("input-not-validated", "denial-after-validation"),
            how="responses to malformed input",
        ),
        StandardRequirement(
            id="", text="Rates and resources are limited.", how="a run stays below limits, and tests none"
        ),
        StandardRequirement(
            id="", text="Access is logged and monitored.", how="nothing of it shows in responses"
        ),
    ),
)
