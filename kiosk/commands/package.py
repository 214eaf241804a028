"""`kiosk package`: check a reporting package as its recipient, and the key with which ours are signed."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk import settings as configuration
from kiosk import signing
from kiosk.commands.records import say_refusal
from kiosk.domain.refusals import Refusal
from kiosk.exchange import package_check
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.group()
def command() -> None:
    """Check reporting packages; show the key that signs ours."""


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The sender's public key, as `kiosk package key` prints it there.")
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the age secret key that opens an encrypted package.",
)
def verify(files: tuple[Path, ...], key: str | None, identity: Path | None) -> None:
    """Check FILES, the parts of one package: every byte, the counts, the signature, that no part is left out.

    Without --key the key inside the package is used: compare its number with the sender's. Exit status 0 good,
    1 not.
    """
    spoken = language()
    try:
        public_key = signing.decode(key) if key else None
    except ValueError as error:
        raise click.BadParameter("not a public key", param_hint="--key") from error
    try:
        found = package_check.verify(files, public_key, _secret(identity))
    except Refusal as refusal:
        say_refusal(refusal)
        raise SystemExit(1) from refusal
    for code, name in found.problems:
        click.echo(text(spoken, f"package.verify.{code}", file=name), err=True)
    registered = "?" if found.registered is None else found.registered
    facts = {"campaign": found.campaign, "branch": found.branch or "–", "made_at": found.made_at}
    click.echo(text(spoken, "package.verify.facts", **facts))
    counts = {"registered": registered, "exported": found.exported, "missing": sum(found.missing.values())}
    click.echo(text(spoken, "package.verify.counts_are", **counts))
    if found.key_id:
        known = "known" if found.key_known else "unknown"
        click.echo(text(spoken, f"package.verify.key_{known}", key=found.key_id))
    if not found.good:
        raise SystemExit(1)
    click.echo(text(spoken, "package.verify.good"))


@command.command()
def key() -> None:
    """Print the public key of this station's signatures, and its number."""
    signer = signing.Signer.of(configuration.load())
    click.echo(f"{signing.encode(signer.public_key)}  {signer.key_id}")


def _secret(file: Path | None) -> str:
    """The secret key of an age identity file: its one line that is no remark."""
    if file is None:
        return ""
    lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")
