"""Every string that the pages mark for translation, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

WEB = Path(__file__).parents[3] / "src/longtail/interfaces/web"
CALLS = {"_", "gettext", "gettext_lazy"}
PLURAL_CALLS = {"ngettext", "ngettext_lazy"}
CONTEXT_CALLS = {"pgettext", "pgettext_lazy"}
# (context, text, plural); context and plural may be empty.
Message = tuple[str, str, str]


def messages() -> set[Message]:
    """Return everything that is marked."""
    return {*_in_templates(), *_in_code()}


def _in_templates() -> Iterator[Message]:
    folder = WEB / "templates"
    for path in sorted(folder.rglob("*.html")):
        template = get_template(path.relative_to(folder).as_posix()).template
        for node in template.nodelist.get_nodes_by_type(TranslateNode):
            yield "", str(node.filter_expression.var.literal), ""
        for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
            text, _names = node.render_token_list(node.singular)
            plural = node.render_token_list(node.plural)[0] if node.plural else ""
            yield "", text, plural


def _in_code() -> Iterator[Message]:
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from _marked(node.func.id, node.args)


def _marked(name: str, args: list[ast.expr]) -> Iterator[Message]:
    texts = [arg.value for arg in args if isinstance(arg, ast.Constant)]
    if name in CALLS:
        yield "", texts[0], ""
    elif name in PLURAL_CALLS:
        yield "", texts[0], texts[1]
    elif name in CONTEXT_CALLS:
        yield texts[0], texts[1], ""
