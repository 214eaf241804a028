"""Tells a card that was laid from one that was left lying.

Find is an edge on most firmware (no card until it left the field and came back) and a level on some (found as long
as it lies). Both must give one reading for one laying, without a storm of reads.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

#: The same card counts as laid again only after the field was seen empty this long: a card at the edge of the
#: field comes and goes within a few polls.
ABSENT_SECONDS = 1.0


class Presence:
    """Fed with every answer to find; keeps no card data but a keyed hash of the last one."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._last = b""
        self._handled = False  # the card in the field was read
        self._given_up = False  # it could not be read
        self._repeats = False  # this firmware finds a card as long as it lies
        self._absent_since: float | None = None
        self._absence = ABSENT_SECONDS
        self._anew = True  # nothing was found since the reader was opened

    def reader_was_away(self) -> None:
        """The reader was opened anew: what lies there must be read, and is news only if it is another card."""
        self._handled = self._given_up = False
        self._absent_since = None  # most firmware says "no card" of one that was read and lies there still
        self._anew = True

    def nobody_looked(self) -> None:
        """The reader was not asked for a while: the card in the field may be the next person's by now."""
        self._handled = self._given_up = False

    def none_found(self, now: float) -> None:
        """Find said: no card."""
        self._handled = self._given_up = False
        if self._absent_since is None:
            self._absent_since = now

    def found(self, now: float) -> bool:
        """Find said: a card. Whether it is to be read."""
        if self._absent_since is not None:
            self._absence = now - self._absent_since
            if self._anew and self._absence > 0:  # a reader that has read nothing yet tells of whatever lies there
                self._absence = ABSENT_SECONDS
            self._absent_since = None
        self._anew = False
        if self._given_up:
            return False
        # Found again without an absence: a firmware that repeats itself, or a card that was changed between two
        # looks. Reading once more tells, and tells for good.
        return not (self._handled and self._repeats)

    def read(self, text: bytes) -> bool:
        """The card was read. Whether that is news: another card, or the same one laid again."""
        digest = hmac.digest(self._secret, text, hashlib.sha256)
        if self._handled and digest == self._last:
            self._repeats = True
        self._handled = True
        news = digest != self._last or self._absence >= ABSENT_SECONDS
        self._last, self._absence = digest, 0.0
        return news

    def give_up(self) -> None:
        """The card can't be read: leave it alone until it was taken away."""
        self._given_up = True
