"""Who may override what. The one table; what is not in it is never overridden.

Nothing medical is here, on purpose: a declaration that did not pass and a temperature that stayed abnormal end the
visit of the day, whoever asks.
"""

from __future__ import annotations

from kiosk.domain.refusals import Code

#: Refusal → staff roles that may set it aside all the same, with a reason that stands in the audit.
OVERRIDES: dict[Code, frozenset[str]] = {
    Code.NOT_IN_TIME_SLOT: frozenset({"administrator", "operator", "usher"}),
    Code.ROSTER_LATE: frozenset({"administrator"}),
    Code.NOT_CALLED_UP: frozenset({"administrator"}),
    Code.ALREADY_PHOTOGRAPHED: frozenset({"administrator", "operator"}),
    Code.SESSION_HAS_PEOPLE: frozenset({"administrator"}),  # closing the day with people inside
}

#: Of those the grave ones: a second member, who may override the same, has to agree on the same tablet.
GRAVE = frozenset({Code.ROSTER_LATE, Code.NOT_CALLED_UP, Code.ALREADY_PHOTOGRAPHED, Code.SESSION_HAS_PEOPLE})
#: Who may be the second person: of these roles, and never the one who overrides.
SECOND = frozenset({"administrator", "operator"})

#: Medical decisions: no role, no reason opens them.
NEVER = frozenset(
    {
        Code.DECLARATION_NOT_PASSED,
        Code.TEMPERATURE_ABNORMAL,
        Code.TEMPERATURE_IMPLAUSIBLE,
        Code.VISIT_REFUSED_TODAY,
    }
)


def needs_second(code: Code) -> bool:
    """Whether letting `code` pass takes two."""
    return code in GRAVE


def may_override(code: Code, role: str) -> bool:
    """Whether a staff member of `role` may override the refusal `code`."""
    return code not in NEVER and role in OVERRIDES.get(code, frozenset())
