"""docs/photo-quality.md explains every check: its words, what staff do, its definition, its picture."""

from __future__ import annotations

import pytest

from kiosk.i18n import LANGUAGES, catalog
from kiosk.photo import check_page
from kiosk.photo.measures import measures
from tests.e2e.check_pictures import MOST_BYTES, MOST_TOGETHER


def test_the_page_says_what_texts_and_definitions_say() -> None:
    written = check_page.PAGE.read_text("utf-8")
    assert written == check_page.render(written), "the page is behind: run `make photo-docs`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_says_what_staff_do(language: str) -> None:
    missing = [code for code in measures() if not catalog(language).get(f"photo.staff.{code}")]
    assert not missing


def test_every_check_has_a_small_picture() -> None:
    sizes = {path.stem: path.stat().st_size for path in check_page.PICTURES.glob("*.jpg")}
    assert set(sizes) == set(measures()), "run `make photo-docs`"
    assert max(sizes.values()) <= MOST_BYTES
    assert sum(sizes.values()) <= MOST_TOGETHER


def test_a_page_without_a_place_for_it_is_an_error() -> None:
    with pytest.raises(ValueError, match="photo-docs"):
        check_page.render("# Photo quality\n")
