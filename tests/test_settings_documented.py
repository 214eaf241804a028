"""docs/settings.md says what the schema says."""

from __future__ import annotations

import pytest
from pydantic.fields import FieldInfo

from kiosk import settings_page


def test_the_page_is_what_the_schema_gives() -> None:
    written = settings_page.PAGE.read_text("utf-8")
    assert written == settings_page.render(), "docs/settings.md is behind the schema: run `make settings-docs`"


@pytest.mark.parametrize(("name", "field"), list(settings_page.rows()), ids=lambda value: str(value)[:40])
def test_every_setting_has_a_sentence(name: str, field: FieldInfo) -> None:
    assert field.description, name
    assert field.description.endswith((".", "`.")), f"{name}: {field.description}"
