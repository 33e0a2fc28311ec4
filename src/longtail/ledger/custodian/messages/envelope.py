"""The gate for XML from outside: small enough, shallow enough, no tricks, known schema.

Every document is read twice. The first reading keeps nothing and stops at the first DTD
or entity. What passes is parsed without network, entities or unlimited sizes, measured,
and bound to the classes of its schema.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from lxml import etree
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
MAX_NAMESPACES = 8
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
SCHEMAS = {
    "pain.001": ("pain.001.001.09", pain_001_001_09.Document),
    "pain.002": ("pain.002.001.10", pain_002_001_10.Document),
    "camt.053": ("camt.053.001.08", camt_053_001_08.Document),
    "camt.054": ("camt.054.001.08", camt_054_001_08.Document),
}
KINDS = {f"{{{NAMESPACE}{name}}}Document": kind for kind, (name, _) in SCHEMAS.items()}
DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']""")


def parse(xml: bytes, *kinds: str) -> tuple[str, Any]:
    """Return a document's kind and its root element, once it has proved harmless.

    Args:
        xml: The document as received.
        *kinds: The kinds that make sense here, such as ``camt.054``.

    Raises:
        MessageRefused: If it is too large or too deep, carries a DTD or entities, is
            not UTF-8, not well formed, or of another kind.
    """
    if len(xml) > MAX_BYTES:
        raise MessageRefused(f"The message is larger than {MAX_BYTES} bytes.")
    declared = DECLARED_ENCODING.match(xml)
    if declared and declared[1].lower() != b"utf-8":
        raise MessageRefused("The message must be encoded in UTF-8.")
    try:
        xml.decode()
        _refuse_tricks(xml)
        root = etree.fromstring(xml, _xml_parser())
    except DefusedXmlException as error:
        raise MessageRefused(
            "The message carries a document type or entities, which bank messages never "
            "do; it was not read."
        ) from error
    except (ParseError, etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise MessageRefused(f"The message is not well-formed XML: {error}.") from error
    _refuse_outsize(root)
    if root.tag not in KINDS:
        raise MessageRefused(
            f"The message is of type {str(root.tag)[:80]!r}; only "
            f"{', '.join(name for name, _ in SCHEMAS.values())} are understood."
        )
    kind = KINDS[root.tag]
    if kind not in kinds:
        raise MessageRefused(f"A {kind} was received where {' or '.join(kinds)} belongs.")
    return kind, root


class _Nothing:
    """Keeps nothing of what is read, so that the parser need not even call."""


def _refuse_tricks(xml: bytes) -> None:
    parser = DefusedXMLParser(target=_Nothing(), forbid_dtd=True)
    parser.parser.DefaultHandlerExpand = None
    parser.feed(xml)
    parser.close()


def _xml_parser() -> Any:
    # Each is used once: a parser keeps what it read of the last document.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refuse_outsize(root: Any) -> None:
    if root.xpath(f"boolean({'/*' * (MAX_DEPTH + 1)})"):
        raise MessageRefused(f"The message is nested deeper than {MAX_DEPTH} levels.")
    if root.xpath("count(//*)") > MAX_ELEMENTS:
        raise MessageRefused(f"The message has more than {MAX_ELEMENTS} elements.")
    if len(root.nsmap) > MAX_NAMESPACES or root.xpath("boolean(/*//*/@*[name()!='Ccy'])"):
        raise MessageRefused("The message has attributes that its schema does not know.")


def bind(kind: str, root: Any) -> Any:
    """Return a document's content bound to the classes of its schema.

    Raises:
        MessageRefused: If it does not fit its schema.
    """
    try:
        return _parser().from_bytes(etree.tostring(root), SCHEMAS[kind][1])
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
