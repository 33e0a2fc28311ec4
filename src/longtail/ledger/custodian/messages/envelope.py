"""The gate for XML from outside: small enough, shallow enough, no tricks, known schema.

Every document is read twice. The first reading only measures, with a parser that stops
at the first DTD or entity; what passes is then bound to the classes of its schema.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from pyiso20022.camt import camt_053_001_08, camt_054_001_08
from pyiso20022.pain import pain_001_001_09, pain_002_001_10
from xsdata.exceptions import ConverterError, ParserError, SerializerError
from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.parsers.handlers import XmlEventHandler
from xsdata.formats.dataclass.serializers import XmlSerializer

from longtail.ledger.custodian.messages.contents import MessageRefused

MAX_BYTES = 16_000_000
MAX_DEPTH = 32
MAX_ELEMENTS = 1_000_000
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
SCHEMAS = {
    "pain.001": ("pain.001.001.09", pain_001_001_09.Document),
    "pain.002": ("pain.002.001.10", pain_002_001_10.Document),
    "camt.053": ("camt.053.001.08", camt_053_001_08.Document),
    "camt.054": ("camt.054.001.08", camt_054_001_08.Document),
}
KINDS = {f"{{{NAMESPACE}{name}}}Document": kind for kind, (name, _) in SCHEMAS.items()}
DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']""")


class _Meter:
    """Sees every tag of a document and keeps none."""

    def __init__(self) -> None:
        self.root = ""
        self.depth = 0
        self.elements = 0

    def start(self, tag: str, _: dict[str, str]) -> None:
        self.root = self.root or tag
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH:
            raise MessageRefused(f"The message is nested deeper than {MAX_DEPTH} levels.")
        if self.elements > MAX_ELEMENTS:
            raise MessageRefused(f"The message has more than {MAX_ELEMENTS} elements.")

    def end(self, _: str) -> None:
        self.depth -= 1

    def close(self) -> str:
        return self.root


def kind_of(xml: bytes) -> str:
    """Return a document's kind, such as ``camt.054``, once it has proved harmless.

    Args:
        xml: The document as received.

    Raises:
        MessageRefused: If it is too large or too deep, carries a DTD or entities, is
            not UTF-8, not well formed, or of a schema that is not spoken here.
    """
    if len(xml) > MAX_BYTES:
        raise MessageRefused(f"The message is larger than {MAX_BYTES} bytes.")
    declared = DECLARED_ENCODING.match(xml)
    if declared and declared[1].lower() != b"utf-8":
        raise MessageRefused("The message must be encoded in UTF-8.")
    parser = DefusedXMLParser(target=_Meter(), forbid_dtd=True)
    try:
        xml.decode()
        parser.feed(xml)
        root = parser.close()
    except DefusedXmlException as error:
        raise MessageRefused(
            "The message carries a document type or entities, which bank messages never "
            "do; it was not read."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise MessageRefused(f"The message is not well-formed XML: {error}.") from error
    if root not in KINDS:
        raise MessageRefused(
            f"The message is of type {root!r}; only "
            f"{', '.join(name for name, _ in SCHEMAS.values())} are understood."
        )
    return KINDS[root]


def read(xml: bytes, *kinds: str) -> tuple[str, Any]:
    """Return a document's kind and its content bound to the classes of its schema.

    Args:
        xml: The document as received.
        *kinds: The kinds that make sense here, such as ``camt.054``.

    Raises:
        MessageRefused: If it is unsafe, of another kind, or does not fit its schema.
    """
    kind = kind_of(xml)
    if kind not in kinds:
        raise MessageRefused(f"A {kind} was received where {' or '.join(kinds)} belongs.")
    try:
        return kind, _parser().from_bytes(xml, SCHEMAS[kind][1])
    except (ParserError, ConverterError, ValueError, TypeError, ArithmeticError) as error:
        raise MessageRefused(f"The message does not fit {kind}: {error}.") from error


def write(document: object) -> bytes:
    """Return a document of one of the schemas as UTF-8 XML.

    Raises:
        ValueError: If a text cannot be written in XML.
    """
    kind = next(k for k, (_, known) in SCHEMAS.items() if isinstance(document, known))
    namespaces = {None: NAMESPACE + SCHEMAS[kind][0]}
    try:
        return str(_serializer().render(document, ns_map=namespaces)).encode()
    except SerializerError as error:
        raise ValueError(str(error)) from error


@cache
def _context() -> XmlContext:
    return XmlContext()


@cache
def _parser() -> XmlParser:
    config = ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)
    return XmlParser(context=_context(), config=config, handler=XmlEventHandler)


@cache
def _serializer() -> XmlSerializer:
    return XmlSerializer(context=_context())
