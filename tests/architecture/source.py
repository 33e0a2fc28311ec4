"""The project's source as syntax trees."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    """Return a module's syntax tree.

    CPython 3.11 loses count of the depth when a collection runs inside (issue 106905).
    """
    gc.disable()
    try:
        return ast.parse(path.read_text())
    finally:
        gc.enable()
