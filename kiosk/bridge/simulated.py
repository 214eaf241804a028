"""The faults that a good bridge survives (§8 of the readers' reference) and how a simulator is told to have them.

What each is stands in the texts (`devices.simulated.<number>`). Where no simulated device can have the fault,
because it is one of the page, the machine or a service, `how` names the text (`devices.simulated.how.…`) that says
how it is had for real.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimulatedFault:
    """One entry of the list: its number, commands for `kiosk devices simulate`, or a word on how it is had."""

    number: int
    commands: tuple[str, ...] = ()
    how: str = ""


FAULTS = (
    SimulatedFault(
        1, ("reader unplug", "reader unplug command=find", "reader unplug_half command=read", "reader plug")
    ),
    SimulatedFault(2, ("reader half_frame command=read", "reader late_half command=read")),
    SimulatedFault(3, ("reader bad_checksum command=read", "reader bad_checksum times=-1")),
    SimulatedFault(
        4,
        (
            "reader length_zero",
            "reader length_small",
            "reader length_large",
            "reader length_ffff",
            "reader inner_lengths command=read",
        ),
    ),
    SimulatedFault(5, ("reader garbage", "reader garbage_between", "reader extra_aa", "card next photo=frames")),
    SimulatedFault(6, ("reader drip command=read", "reader endless_drip")),
    SimulatedFault(7, ("reader two_frames", "reader every_byte command=read")),
    SimulatedFault(8, ("reader stale", "reader other_answer", "reader slow command=find")),
    SimulatedFault(9, ("reader status:31 command=read times=-1", "reader status:66 times=-1", "reader status:EE")),
    SimulatedFault(10, ("reader pull_card find", "reader pull_card select", "reader pull_card read")),
    SimulatedFault(11, ("reader firmware edge", "reader firmware level", "card next")),
    SimulatedFault(12, ("reader two_cards", "reader two_cards off")),
    SimulatedFault(
        13,
        (
            "card lay 0 kind=foreigner_2023",
            "card lay 0 flag=Q",
            "card lay 0 valid_to=长期",
            "card lay 0 valid_to=20200101",
            "card lay 0 valid_from=20990101 valid_to=21190101",
            "card lay 0 padding=nul",
            "card lay 0 number=990101199001010020",
            "card lay 0 birth=19900102",
            "card lay 0 sex=9",
        ),
    ),
    SimulatedFault(14, ("reader busy", "reader behave", "reader replug")),
    SimulatedFault(15, ("reader move", "reader swap")),
    SimulatedFault(16, ("reader power_up_silence 1.5",)),
    SimulatedFault(17, how="pcscd"),
    SimulatedFault(18, ("reader denied", "reader ghost", "reader behave", "reader replug")),
    SimulatedFault(19, ("reader baud 9600",), how="page"),
    SimulatedFault(20, ("reader baud 9600",), how="machine"),
    SimulatedFault(
        21,
        (
            "scanner scan 0078692099 typed=7",
            "scanner scan 0078692099 end=no",
            "scanner scan 0078692099 times=2",
        ),
        how="keyboard",
    ),
)
