"""Google's product feed as XML: RSS 2.0 with the `g:` namespace, or Atom."""

from collections.abc import Iterator
from typing import Any, TextIO

# Names only; what parses is defusedxml's.
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from highstreet.flows.import_errors import FILE_MALFORMED, VALUE_TOO_LONG
from highstreet.fronts.office.imports.records import RECORD_LIMIT, Record

_CHUNK = 65_536
_GOOGLE = "http://base.google.com/ns/1.0"
_ITEMS = {"item", "entry"}
_NAMESPACES = "http://xml.org/sax/features/namespaces"


def read_feed(stream: TextIO) -> Iterator[Record]:
    """Items by the local names of their elements; of two of one name Google's goes before RSS's or Atom's.

    Errors: Refusal import.file_malformed (format, line), also for a DTD or entities.
    """
    items = _Items()
    parser = make_parser()
    parser.setFeature(_NAMESPACES, True)
    parser.setContentHandler(items)
    parser.forbid_dtd = True
    items.locator = parser
    while True:
        # Text, not bytes: the encoding was settled before, whatever the declaration in the file says.
        chunk = stream.read(_CHUNK)
        try:
            if chunk:
                parser.feed(chunk)
            else:
                parser.close()
        except (SAXException, DefusedXmlException, ValueError) as error:
            raise FILE_MALFORMED(format="XML", line=parser.getLineNumber() or 1) from error
        yield from items.ready
        items.ready.clear()
        if not chunk:
            return


class _Items(ContentHandler):
    """A SAX content handler that keeps the item it is in, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.ready: list[Record] = []
        self.locator: Any = None
        self._line = 0
        self._depth = 0
        self._values: dict[str, str] | None = None
        self._of_google: set[str] = set()
        self._text: list[str] = []
        self._size = 0

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attributes: Any) -> None:
        """An item begins, or one of its elements."""
        if self._values is None:
            if name[1] in _ITEMS:
                self._line = self.locator.getLineNumber()
                self._values, self._of_google, self._depth, self._size = {}, set(), 0, 0
            return
        self._depth += 1
        if self._depth == 1:
            self._text = []

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        """An element ends, or the item."""
        if self._values is None:
            return
        if self._depth == 0:
            is_long = self._size > RECORD_LIMIT
            refusal = VALUE_TOO_LONG(field="", limit=RECORD_LIMIT) if is_long else None
            self.ready.append(Record(self._line, {} if is_long else self._values, refusal))
            self._values = None
            return
        self._depth -= 1
        is_google = name[0] == _GOOGLE
        if self._depth == 0 and (is_google or name[1] not in self._of_google):
            self._values[name[1]] = "".join(self._text)
            if is_google:
                self._of_google.add(name[1])

    def characters(self, content: str) -> None:
        """Text of an element directly in the item."""
        if self._values is None or self._depth != 1:
            return
        self._size += len(content)
        if self._size <= RECORD_LIMIT:
            self._text.append(content)
