"""Standards as profiles of rules: ``--profile NAME``. One file for each, and its line below."""

from collections.abc import Mapping

from specdrift.rules.standards.asvs_5 import ASVS_5
from specdrift.rules.standards.fapi_2 import FAPI_2
from specdrift.rules.standards.nist_800_228 import NIST_800_228
from specdrift.rules.standards.open_banking_uk import OPEN_BANKING_UK
from specdrift.rules.standards.open_finance_brasil import OPEN_FINANCE_BRASIL
from specdrift.rules.standards.psd_2 import PSD_2
from specdrift.rules.standards.standard_profile import StandardProfile

STANDARD_PROFILES: Mapping[str, StandardProfile] = {
    standard.name: standard
    for standard in (
        FAPI_2,
        OPEN_BANKING_UK,
        OPEN_FINANCE_BRASIL,
        PSD_2,
        ASVS_5,
        NIST_800_228,
    )
}
"""By the name that ``--profile`` takes."""
