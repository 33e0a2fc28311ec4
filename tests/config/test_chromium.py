"""Finding Chromium, and what happens without one."""

import pytest

from longtail.config import chromium


@pytest.fixture
def bare_machine(monkeypatch):
    """A machine with no Chromium and nothing that could install one."""
    monkeypatch.delenv("LONGTAIL_CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(chromium.shutil, "which", lambda _name: None)
    return monkeypatch


def test_the_environment_says_which_one(monkeypatch, tmp_path):
    binary = tmp_path / "chromium"
    binary.touch()
    monkeypatch.setenv("LONGTAIL_CHROMIUM", str(binary))
    assert chromium.path() == binary


def test_a_named_one_that_is_not_there_is_not_replaced_by_another(monkeypatch):
    monkeypatch.setenv("LONGTAIL_CHROMIUM", "/nowhere/chromium")
    assert chromium.path() is None


@pytest.mark.usefixtures("bare_machine")
def test_missing_on_a_desk_it_is_said_loudly_and_the_rest_goes_on(capsys):
    assert chromium.main() == 0
    said = capsys.readouterr().err
    assert "!!!" in said
    assert "apt-get install chromium" in said


def test_missing_in_ci_it_fails(bare_machine):
    bare_machine.setenv("CI", "true")
    assert chromium.main() == 1


def test_debian_installs_it_when_it_may(monkeypatch):
    installed, ran = [], []

    def which(name):
        return "/usr/bin/" + name if name == "apt-get" or installed else None

    class Done:
        returncode = 0

    def run(command, **_):
        ran.append(command)
        installed.extend(command[1:2] if command[1] == "install" else [])
        return Done()

    monkeypatch.delenv("LONGTAIL_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium.shutil, "which", which)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium.subprocess, "run", run)
    assert chromium.main() == 0
    assert ran[-1][-2:] == ["chromium", "fonts-noto-cjk"]
