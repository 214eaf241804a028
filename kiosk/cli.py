"""The `kiosk` command. A group is imported only when it is called, so that each stays quick."""

from __future__ import annotations

import importlib
import os
import tomllib
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent

#: Command or group → module in `kiosk.commands` that has it under the same name (`id` stands in `id_`).
COMMANDS = {
    "audit": "audit",
    "campaign": "campaign",
    "cards": "cards",
    "day": "day",
    "devices": "devices",
    "export": "export",
    "id": "id_",
    "package": "package",
    "photo": "photo",
    "receipt": "receipt",
    "results": "results",
    "roster": "roster",
    "simulate": "simulate",
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


class Told(LazyGroup):
    """Ends a command with a sentence where settings or files are wrong, as the start of the kiosk does."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Exit status 1 for settings or files that can't be used."""
        try:
            return super().invoke(ctx)
        except ValueError as error:
            raise _about_settings(error) or error from error
        except OSError as error:
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def _about_settings(error: ValueError) -> click.ClickException | None:
    """The sentence for settings that are not right; None for any other fault."""
    from pydantic import ValidationError  # takes its time: only when something is wrong

    if isinstance(error, tomllib.TOMLDecodeError):
        return click.ClickException(f"A settings file is not TOML: {error}")
    if isinstance(error, ValidationError) and error.title == "Settings":
        lines = [f"  {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        return click.ClickException("The settings are not right:\n" + "\n".join(lines))
    return None


@click.group(cls=Told, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", is_flag=True, help="Work on the demonstration, as `run_kiosk.py --demo` does.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings over those of config/kiosk.toml.",
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder of the station.")
@click.pass_context
def main(ctx: click.Context, demo: bool, config: Path | None, data: Path | None) -> None:
    """The graduation-photo kiosk: rosters, photos, packages, devices, staff.

    Works on the station that config/kiosk.toml and KIOSK_CONFIG describe; the options are those of run_kiosk.py.
    """
    before = os.umask(0o077)  # records, photos and packages are their owner's alone
    ctx.call_on_close(lambda: os.umask(before))
    named = [item for item in os.environ.get("KIOSK_CONFIG", "").split(os.pathsep) if item]
    first = [str(ROOT / "config" / "demo.toml")] if demo else []
    last = [str(config.resolve())] if config else []
    if first or last:
        os.environ["KIOSK_CONFIG"] = os.pathsep.join([*first, *named, *last])
    if data is not None:
        os.environ["KIOSK_DATA_DIR"] = str(data.resolve())
