"""The fault tests stand in front of the same kiosk and tablet as the browser tests."""

from tests.e2e.conftest import open_page, site, student, tablet

__all__ = ["open_page", "site", "student", "tablet"]
