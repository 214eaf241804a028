"""A PC/SC reader for campus cards beside an ID card reader of another kind."""

from __future__ import annotations

from kiosk.bridge.drivers.reader.pcsc import PcscReader


class PcscCampusCards(PcscReader):
    """The same driver in the place of the code reader: a serial reader for ID cards leaves that of PC/SC free."""

    kind = "codes"
    driver = "pcsc"
