"""How an import refuses: a whole file before anything is written, or one row of it."""

from highstreet.kernel.errors import RefusalKind

# The whole file.
KIND_UNKNOWN = RefusalKind("import.kind_unknown", 422)
FILE_MISSING = RefusalKind("import.file_missing", 404)
FORMAT_UNKNOWN = RefusalKind("import.format_unknown", 422)
ENCODING_UNKNOWN = RefusalKind("import.encoding_unknown", 422)
ENCODING_WRONG = RefusalKind("import.encoding_wrong", 422)
HEADER_MISSING = RefusalKind("import.header_missing", 422)
MAPPING_MALFORMED = RefusalKind("import.mapping_malformed", 422)
FILE_MALFORMED = RefusalKind("import.file_malformed", 422)
TOO_MANY_ROWS = RefusalKind("import.too_many_rows", 422)
ROW_GROUP_TOO_LARGE = RefusalKind("import.row_group_too_large", 422)
TOO_MANY_BAD_ROWS = RefusalKind("import.too_many_bad_rows", 422)
BRAND_UNKNOWN = RefusalKind("import.brand_unknown", 404)

# One row.
VALUE_MISSING = RefusalKind("import.value_missing", 422)
ADDRESS_MALFORMED = RefusalKind("import.address_malformed", 422)
VALUE_TOO_LONG = RefusalKind("import.value_too_long", 422)
CONTROL_CHARACTER = RefusalKind("import.control_character", 422)
NUMBER_MALFORMED = RefusalKind("import.number_malformed", 422)
OUT_OF_RANGE = RefusalKind("import.out_of_range", 422)
MONEY_MALFORMED = RefusalKind("import.money_malformed", 422)
CURRENCY_DIFFERS = RefusalKind("import.currency_differs", 422)
TIME_MALFORMED = RefusalKind("import.time_malformed", 422)
CHOICE_UNKNOWN = RefusalKind("import.choice_unknown", 422)
COLUMNS_DIFFER = RefusalKind("import.columns_differ", 422)
RECORD_MALFORMED = RefusalKind("import.record_malformed", 422)
NOT_A_POINT = RefusalKind("import.not_a_point", 422)
REPEATED = RefusalKind("import.repeated", 422)
GROUP_INCOMPLETE = RefusalKind("import.group_incomplete", 422)
GROUP_TOO_LARGE = RefusalKind("import.group_too_large", 422)
SUMS_DIFFER = RefusalKind("import.sums_differ", 422)
QUANTITY_ZERO = RefusalKind("import.quantity_zero", 422)
PARTY_UNKNOWN = RefusalKind("import.party_unknown", 404)
PLACE_UNKNOWN = RefusalKind("import.place_unknown", 404)
GOODS_UNKNOWN = RefusalKind("import.goods_unknown", 404)
MEMBER_UNKNOWN = RefusalKind("import.member_unknown", 404)
LINES_DIFFER = RefusalKind("import.lines_differ", 422)
SALE_DIFFERS = RefusalKind("import.sale_differs", 409)
"""A sale of this number is there already, with other amounts: history is not rewritten."""
