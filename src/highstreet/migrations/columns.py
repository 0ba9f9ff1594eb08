"""The column types of the steps, as they are for ever: a step must not change when `kernel/tables.py` does."""

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import JSONB

INSTANT = BigInteger()
DOCUMENT = Text().with_variant(JSONB(), "postgresql")
