"""The members of a stored array, as rows of a query: json_each on SQLite, jsonb_array_elements on PostgreSQL."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, cast, func, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from highstreet.kernel.tx import Reader


@dataclass(frozen=True, slots=True)
class Each:
    """`table` is joined to what the array belongs to; each of its rows is one member, an object."""

    table: Any
    value: Any
    is_sqlite: bool

    def member(self, name: str) -> Any:
        """A member of the object as a document."""
        return func.json_extract(self.value, f"$.{name}") if self.is_sqlite else self.value[name]

    def text(self, name: str) -> Any:
        """A member that is text."""
        return self.member(name) if self.is_sqlite else self.value[name].astext

    def integer(self, name: str) -> Any:
        """A member that is a whole number."""
        return self.member(name) if self.is_sqlite else cast(self.text(name), BigInteger)


def each_of(reader: Reader, document: Any) -> Each:
    """The members of an array in a column of documents, or in a member of another one."""
    if reader.connection.dialect.name == "sqlite":
        table = func.json_each(document).table_valued("value")
        return Each(table, table.c.value, True)
    table = func.jsonb_array_elements(type_coerce(document, JSONB)).table_valued("value")
    return Each(table, type_coerce(table.c.value, JSONB), False)
