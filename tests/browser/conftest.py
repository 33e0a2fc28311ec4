"""The real pages in Chromium, against a live server with a town on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from longtail.config import chromium
from longtail.interfaces.web import locale_files
from tests.interfaces.web import town as towns

# Playwright's own event loop runs in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = chromium.path()
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(chromium.REMEDY)
    if found is None:
        pytest.skip(chromium.REMEDY)
    return {**browser_type_launch_args, "executable_path": str(found), "args": ARGUMENTS}


@pytest.fixture(scope="session", autouse=True)
def _set_up():
    locale_files.compile_all()
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    vendored = Path(django_settings.VAR) / "vendor" / "tabler"
    if not vendored.exists():
        message = "The front-end files are missing: python -m longtail.config.vendor"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


@pytest.fixture
def town(live_server, settings):  # noqa: ARG001
    """Seven kinds of parties, in the demonstration's mode."""
    settings.DEMO = True
    return towns.found()


def note(page, said):
    """Keep what the browser complains about: a missing file, a blocked script."""
    if said.type == "error":
        page.faults.append(f"{said.text} {said.location['url']}")


@pytest.fixture
def person(town, live_server, browser):  # noqa: ARG001
    """Opens a browser of one's own for a person and logs them in with one click."""
    contexts = []

    def log_in(username: str, **options):
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: note(page, said))
        page.goto("/accounts/login/")
        if username:
            page.locator(f"button[value='{username}']").click()
            page.wait_for_url("**/home/")
        return page

    yield log_in
    for context in contexts:
        context.close()
