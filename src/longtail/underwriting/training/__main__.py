"""``python -m longtail.underwriting.training [FILE]``: print the model's record as JSON."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from longtail.underwriting import sample
from longtail.underwriting.training import fit

# The day before the vintages that the model is tested on.
KNOWN_ON = date(2002, 9, 30)


def main(path: Path = sample.SHIPPED) -> None:
    """Train on what was known on ``KNOWN_ON`` and write what came of it."""
    fitted = fit(sample.read(path), known_on=KNOWN_ON)
    sys.stdout.write(json.dumps(fitted.metrics, indent=2) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
