"""Back-up and restore of a whole installation, with its own PostgreSQL."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess

import pytest

from longtail.config import backup
from tests.sites.site import Site, folder


@pytest.fixture
def place():
    made = folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def site(place):
    made = Site(place / "var")
    made.longtail("up")
    yield made
    made.stop()


def test_everything_up_to_a_point_and_to_the_end_comes_back(site, place):
    kept = place / "kept"
    site.business("trade", "1")
    said = site.longtail("backup", kept)
    assert str(site.var / "secret_key") in said
    assert not list(kept.rglob("*_key"))
    at_point = site.business("trade", "1")
    site.longtail("backup", kept, "--point", "before-the-error")
    site.business("trade", "1")
    # Another copy, after the point: the restore must start from the one before it.
    site.longtail("backup", kept)
    at_end = site.business("trade", "1")
    site.longtail("backup", kept, "--point", "the-end")
    assert not at_end["wrong"]
    taken = site.longtail("backup", kept, "--point", "the-end", code=1)
    assert "choose another" in taken

    refused = site.longtail("restore", kept, "--to", "before-the-error", code=1)
    assert "not empty" in refused
    assert site.business("look")["digest"] == at_end["digest"]
    site.destroy()
    assert "There are: before-the-error, the-end" in site.longtail(
        "restore", kept, "--to", "nowhere", code=1
    )
    site.longtail("restore", kept, "--to", "before-the-error")
    assert site.business("look")["digest"] == at_point["digest"]
    # It lives: the platform goes on from there.
    assert site.business("trade", "1")["journals"] > at_point["journals"]
    site.destroy()

    site.longtail("restore", kept)
    assert site.business("look")["digest"] == at_end["digest"]
    # A restored site writes into nobody's archive.
    with_archive = sorted(file.name for file in (kept / "wal").iterdir())
    site.business("trade", "1")
    assert sorted(file.name for file in (kept / "wal").iterdir()) == with_archive
    # Until it is backed up itself, and then the old copies can go.
    said = site.longtail("backup", kept, "--keep", "1")
    assert len(backup.copies(kept)) == 1
    assert said.count("Deleted") == 2
    first = backup.first_segment(backup.copies(kept)[0])
    assert min(file.name for file in (kept / "wal").iterdir())[8:24] >= first[8:]


def test_a_damaged_copy_or_a_foreign_folder_is_refused(site, place):
    kept = place / "kept"
    site.longtail("backup", kept)
    victim = next((kept / "base").glob("*/base/*/PG_VERSION"))
    victim.write_text("17\n")
    site.destroy()
    said = site.longtail("restore", kept, code=1)
    assert re.search(r"must not be trusted: base/\d+/PG_VERSION was changed", said)
    assert not (site.var / "pg").exists()
    # A site of another birth may not back up into the folder.
    site.longtail("up")
    assert "another site" in site.longtail("backup", kept, code=1)


def test_a_segment_is_archived_once_and_whole(place):
    # The archive command itself, as PostgreSQL's shell runs it.
    wal = place / "wal"
    wal.mkdir()
    segment = place / "000000010000000000000001"
    segment.write_bytes(b"log" * 1000)
    command = backup._command(place).replace("%f", segment.name).replace("%p", str(segment))

    def archive():
        return subprocess.run(["sh", "-c", command], check=False).returncode

    assert archive() == 0
    assert gzip.decompress((wal / f"{segment.name}.gz").read_bytes()) == b"log" * 1000
    assert archive() == 0
    segment.write_bytes(b"another history")
    assert archive() != 0
    assert gzip.decompress((wal / f"{segment.name}.gz").read_bytes()) == b"log" * 1000
    # Cut short by a full disk, it does not get its name.
    segment.unlink()
    (wal / f"{segment.name}.gz").unlink()
    assert archive() != 0
    assert not (wal / f"{segment.name}.gz").exists()


def test_a_database_of_ones_own_is_left_to_its_own_means(monkeypatch, tmp_path):
    monkeypatch.setenv("LONGTAIL_DATABASE_URL", "postgresql://elsewhere/longtail")
    with pytest.raises(backup.BackupRefused, match="pgBackRest"):
        backup.refuse_unless_embedded()
    assert not list(tmp_path.iterdir())
