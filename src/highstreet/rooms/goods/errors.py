"""How goods refuse."""

from highstreet.kernel.errors import RefusalKind

GTIN_MALFORMED = RefusalKind("goods.gtin_malformed", 422)
NO_LINES = RefusalKind("goods.no_lines", 422)
TOO_MANY_LINES = RefusalKind("goods.too_many_lines", 422)
LINE_REPEATED = RefusalKind("goods.line_repeated", 422)
QUANTITY_OUT_OF_RANGE = RefusalKind("goods.quantity_out_of_range", 422)
AMOUNT_OUT_OF_RANGE = RefusalKind("goods.amount_out_of_range", 422)
RULE_MALFORMED = RefusalKind("goods.rule_malformed", 422)
TOO_MANY_RULES = RefusalKind("goods.too_many_rules", 422)
RETURN_BEYOND_SOLD = RefusalKind("goods.return_beyond_sold", 409)

ROW_MALFORMED = RefusalKind("goods.row_malformed", 422)
ROW_REPEATED = RefusalKind("goods.row_repeated", 422)
SKU_TAKEN = RefusalKind("goods.sku_taken", 409)
GTIN_TAKEN = RefusalKind("goods.gtin_taken", 409)
VARIANT_NOT_FOUND = RefusalKind("goods.variant_not_found", 404)
