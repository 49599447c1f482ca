"""What the records of processing state of a partner, and which authority watches over it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from pydantic import Field

from kogge.estate.models.platform import Protection
from kogge.estate.models.values import Line, Model


class ProcessingContract(Model):
    """The contract of GDPR Art. 28 (3)."""

    reference: Line
    """The number under which the contract is filed."""
    signed: date
    """No personal data is processed before this day."""
    ends: date | None = None
    """The last day of a contract that was closed for a term."""


class AtEnd(StrEnum):
    """What becomes of personal data when the processing ends (GDPR Art. 28 (3) g): the controller's choice."""

    RETURN = "return"
    """Handed over, then deleted."""
    DELETE = "delete"


class EndOfProcessing(Model):
    """Return or deletion of all personal data, with its deadline."""

    action: AtEnd
    """What becomes of the data."""
    within_days: int = Field(ge=1, le=365)
    """Days after `leaving.since`."""


class Authority(StrEnum):
    """Data protection supervisory authorities, one per Land."""

    LFDI_BW = "LfDI BW"
    BAYLFD = "BayLfD"
    BLNBDI = "BlnBDI"
    LDA_BB = "LDA BB"
    LFDI_HB = "LfDI HB"
    HMBBFDI = "HmbBfDI"
    HBDI = "HBDI"
    LFDI_MV = "LfDI MV"
    LFD_NI = "LfD NI"
    LDI_NRW = "LDI NRW"
    LFDI_RP = "LfDI RP"
    UDZ_SL = "UDZ SL"
    SDTB = "SDTB"
    LFD_ST = "LfD ST"
    ULD = "ULD"
    TLFDI = "TLfDI"


AUTHORITY_OF: Final = {
    "01": Authority.ULD,
    "02": Authority.HMBBFDI,
    "03": Authority.LFD_NI,
    "04": Authority.LFDI_HB,
    "05": Authority.LDI_NRW,
    "06": Authority.HBDI,
    "07": Authority.LFDI_RP,
    "08": Authority.LFDI_BW,
    "09": Authority.BAYLFD,
    "10": Authority.UDZ_SL,
    "11": Authority.BLNBDI,
    "12": Authority.LDA_BB,
    "13": Authority.LFDI_MV,
    "14": Authority.SDTB,
    "15": Authority.LFD_ST,
    "16": Authority.TLFDI,
}
"""Land -> the authority that watches over its public bodies."""


class DataProtection(Model):
    """What the processor's records (GDPR Art. 30 (2)) state of a partner."""

    supervisory_authority: Authority
    """The authority of the Land that the body belongs to."""
    processing_contract: ProcessingContract | None = None
    """Required from the stage `member` on."""
    breach_notice_hours: int | None = Field(default=None, ge=1, le=72)
    """Within how many hours the platform tells the partner of a personal data breach (GDPR Art. 33 (2))."""
    at_end: EndOfProcessing | None = None
    """Required from the stage `member` on."""
    protection: Protection = Protection.NORMAL
    """The highest protection need of the data; the cluster must have been assessed for it."""
