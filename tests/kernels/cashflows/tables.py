"""Read the tables of ``docs/worked-examples`` as rows of cells by column name."""

from pathlib import Path

FOLDER = Path(__file__).parents[3] / "docs/worked-examples"


def tables(name):
    """Return ``{heading: [{column: cell}]}``; a page's first heading counts too."""
    found, heading, columns = {}, "", None
    for line in (FOLDER / f"{name}.md").read_text().splitlines():
        if line.startswith("#"):
            heading, columns = line.lstrip("# "), None
        elif not line.startswith("|"):
            columns = None
        elif columns is None:
            columns = cells(line)
        elif not set(line) <= set("|- "):
            row = dict(zip(columns, cells(line), strict=True))
            found.setdefault(heading, []).append(row)
    return found


def cells(line):
    return [cell.strip() for cell in line.strip("| ").split("|")]
