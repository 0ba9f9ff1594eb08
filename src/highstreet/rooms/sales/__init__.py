"""The door of the room `sales`."""

from highstreet.rooms.sales.actions import (
    AbandonSale,
    SaleRef,
    abandon_sale,
    forget_person,
    import_history,
    mark_paid,
    open_sales,
    record_return,
)
from highstreet.rooms.sales.errors import (
    BASKET_MALFORMED,
    CURRENCY_DIFFERS,
    ID_TAKEN,
    NOT_OPEN,
    NOT_PAID,
    SALE_UNKNOWN,
    TOTAL_CHANGED,
)
from highstreet.rooms.sales.events import SaleAbandoned, SalePaid, SaleReturned
from highstreet.rooms.sales.model import (
    ReturnLine,
    Sale,
    SaleLine,
    SaleReturn,
    check_quantities,
    check_return,
)
from highstreet.rooms.sales.queries import (
    RegisterTotal,
    export_person,
    returns_of,
    sales_for,
    sales_of_brand,
    sales_of_person,
    totals_by_register,
)

__all__ = [
    "BASKET_MALFORMED",
    "CURRENCY_DIFFERS",
    "ID_TAKEN",
    "NOT_OPEN",
    "NOT_PAID",
    "SALE_UNKNOWN",
    "TOTAL_CHANGED",
    "AbandonSale",
    "RegisterTotal",
    "ReturnLine",
    "Sale",
    "SaleAbandoned",
    "SaleLine",
    "SalePaid",
    "SaleRef",
    "SaleReturn",
    "SaleReturned",
    "abandon_sale",
    "check_quantities",
    "check_return",
    "export_person",
    "forget_person",
    "import_history",
    "mark_paid",
    "open_sales",
    "record_return",
    "returns_of",
    "sales_for",
    "sales_of_brand",
    "sales_of_person",
    "totals_by_register",
]
