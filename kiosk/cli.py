"""The `kiosk` command. A group is imported only when it is called, so that each stays quick."""

from __future__ import annotations

import importlib

import click

#: Command or group → module in `kiosk.commands` that has it under the same name (`id` stands in `id_`).
COMMANDS = {
    "audit": "audit",
    "campaign": "campaign",
    "devices": "devices",
    "export": "export",
    "id": "id_",
    "photo": "photo",
    "roster": "roster",
    "staff": "staff",
}


class LazyGroup(click.Group):
    """Loads a command's module at its first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        module = COMMANDS.get(cmd_name)
        return getattr(importlib.import_module(f"kiosk.commands.{module}"), "command") if module else None  # noqa: B009


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The graduation-photo kiosk: rosters, photos, packages, devices, staff."""
