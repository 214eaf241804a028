"""What a scanner typed: a receipt, a collection code or the number of a campus card, told apart by form alone."""

from __future__ import annotations

import base64

from kiosk.domain import campus_cards, receipts
from kiosk.domain.campus_cards import Writing
from kiosk.domain.identity import Assurance

#: Characters of a campus card's number, fewest and most (usual for such scanners; there is no standard).
SHORTEST_CARD, LONGEST_CARD = 8, 20
#: Longest collection code that is kept, in bytes.
LONGEST_CODE = 2953


def read(data: bytes, *, by_code: bool, writing: Writing, digits: int) -> tuple[Assurance, dict[str, str]]:
    """How sure an identity is and its entry (`receipt`, `code_b64` or `uid`), as `identify` takes them.

    `by_code`: the campaign identifies by collection codes; then whatever is no receipt is one. `writing` and
    `digits` (exactly so many characters with leading zeros; 0: any from 8 to 20) say how campus cards are written.
    A number with a character too many, because somebody typed while the scanner did, is no number: the count is
    the only check that there is. Raises `ValueError` for what is none of the three.
    """
    text = data.decode("ascii", "replace").strip()
    token = receipts.token_in(text)
    if token is not None:
        return Assurance.CODE, {"receipt": token}
    if by_code:
        if not 0 < len(data) <= LONGEST_CODE:
            raise ValueError("longer than a collection code")
        return Assurance.CODE, {"code_b64": base64.b64encode(data).decode("ascii")}
    fits = len(text) == digits if digits else SHORTEST_CARD <= len(text) <= LONGEST_CARD
    if not fits:
        raise ValueError("not so many characters as a campus card's number has")
    return Assurance.UID_ONLY, {"uid": campus_cards.read(text, writing)}
