"""Find the Chromium that the browser tests drive, or say how to get one.

``python -m longtail.config.chromium`` installs Debian's where that is possible.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Without a Chinese font the pages in Chinese would be tested as empty boxes.
PACKAGES = ("chromium", "fonts-noto-cjk")
REMEDY = (
    "No Chromium was found, so the browser tests cannot run. Install it:\n"
    "    Debian, Ubuntu   sudo apt-get install chromium fonts-noto-cjk\n"
    "    Fedora           sudo dnf install chromium google-noto-sans-cjk-fonts\n"
    "    macOS            brew install --cask chromium\n"
    "or say where one is: LONGTAIL_CHROMIUM=/path/to/chromium make test\n"
)


def path() -> Path | None:
    """Return Chromium's path: ``LONGTAIL_CHROMIUM``, else the first one on PATH."""
    if given := os.environ.get("LONGTAIL_CHROMIUM"):
        return Path(given) if Path(given).exists() else None
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def may_install() -> bool:
    """Return whether this process may install Debian packages by itself."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> None:
    """Install Debian's Chromium and a Chinese font; apt's own messages are shown."""
    sys.stdout.write("Installing Chromium for the browser tests ...\n")
    sys.stdout.flush()
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-y", "-q", *PACKAGES]):
        if subprocess.run(["apt-get", *arguments], env=quiet, check=False).returncode:
            sys.stderr.write(f"apt-get {arguments[0]} failed; its message is above.\n")
            return


def main() -> int:
    """Find or install Chromium.

    Returns:
        The exit code: 1 when it is still missing and this is CI, else 0.
    """
    if path() is None and may_install():
        install()
    found = path()
    if found:
        sys.stdout.write(f"Chromium: {found}\n")
        return 0
    rule = "!" * 72
    sys.stderr.write(f"{rule}\n{REMEDY}{rule}\n")
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
