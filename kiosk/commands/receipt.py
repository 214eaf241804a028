"""`kiosk receipt`: check what a receipt's QR code says, without a network."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk import settings as configuration
from kiosk import signing
from kiosk.domain.receipts import PURPOSE, Summary, seal_in
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.group()
def command() -> None:
    """Check receipts."""


@command.command()
@click.argument("receipt")
@click.option("--key", help="Public key of the station that issued it; without it this station's own.")
def verify(receipt: str, key: str | None) -> None:
    """Check RECEIPT: a picture with the QR code, the code's text, or the part behind its #.

    Exit status 0 genuine, 1 not.
    """
    spoken = language()
    try:
        public_key = signing.decode(key) if key else signing.Signer.of(configuration.load()).public_key
    except ValueError as error:
        raise click.BadParameter("not a public key", param_hint="--key") from error
    sealed = seal_in(_text(receipt))
    content = signing.unseal(public_key, PURPOSE, sealed) if sealed else None
    if content is None:
        click.echo(text(spoken, "receipt.seal.bad"), err=True)
        raise SystemExit(1)
    said = Summary.from_bytes(content)
    click.echo(text(spoken, "receipt.seal.good"))
    state = text(spoken, "receipt.photo." + said.result.name.lower())
    number = f"{said.number:03d}" if said.number else text(spoken, "receipt.number.none")
    for name, value in (
        ("receipt.number", number),
        ("receipt.seal.result", state),
        ("receipt.seal.until", said.valid_until.isoformat()),
        ("receipt.seal.photo", said.photo_sha256),
        ("receipt.seal.key", signing.key_id(public_key)),
    ):
        click.echo(f"{text(spoken, name)}  {value}")


def _text(given: str) -> str:
    """The text itself, or that of the one QR code in a picture of that name."""
    path = Path(given)
    try:
        if not path.is_file():
            return given
    except OSError:  # too long for a name: it is the text
        return given
    import zxingcpp
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            found = zxingcpp.read_barcodes(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise click.ClickException(f"{path.name}: no picture") from error
    if len(found) != 1:
        raise click.ClickException(f"{path.name}: {len(found)} codes")
    return found[0].text
