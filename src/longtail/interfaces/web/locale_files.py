"""Compile the translations. The compiled files are made at set-up, never committed."""

from __future__ import annotations

from pathlib import Path

import polib

FOLDER = Path(__file__).parent / "locale"


def compile_all() -> list[Path]:
    """Compile every catalogue whose compiled file is missing or older.

    Returns:
        The compiled files that were written.
    """
    return [
        _compile(source)
        for source in sorted(FOLDER.glob("*/LC_MESSAGES/*.po"))
        if _is_stale(source)
    ]


def _compile(source: Path) -> Path:
    target = source.with_suffix(".mo")
    # Another process may read it meanwhile, so it appears whole or not at all.
    draft = target.with_suffix(".mo.new")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    return draft.replace(target)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime
