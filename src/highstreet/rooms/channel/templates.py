"""Known models of contracts to start from, as data; `docs/templates/` tells each with its numbers and their sources."""

from dataclasses import dataclass

from highstreet.rooms.channel.model import ShareRule, StockUse, Terms


@dataclass(frozen=True, slots=True)
class Template:
    """A model to begin a contract with. Its percentages are a beginning, too: both sides change what they like.

    `is_own`: for places that the brand runs itself.
    """

    name: str
    terms: Terms
    is_own: bool = False

    @property
    def title_key(self) -> str:
        """The text that names it."""
        return f"office-template_{self.name}"

    @property
    def does_key(self) -> str:
        """The text that says in one sentence what it is."""
        return f"office-template_does_{self.name}"


TEMPLATES = (
    # The brand's shop sells what lies in dealers' stores and keeps a fee: Ordos.
    Template(
        "flagship",
        Terms(
            "operator",
            (ShareRule("brand", 500, channels=("shop",)),),
            "stock_owner",
            collectors=(("shop", "brand"),),
            stock=StockUse(operator_for=("shop",), brand_for=()),
        ),
    ),
    # What the brand's shop earns goes to the member's home store: Urban Beauty. Profit is not a base that terms know,
    # so the brand's part stands for goods and running; together they are the whole, and the rest is pence.
    Template(
        "home_store",
        Terms(
            "operator",
            (
                ShareRule("brand", 6000, channels=("shop",)),
                ShareRule("home_store", 4000, channels=("shop",)),
            ),
            "operator",
            collectors=(("shop", "brand"),),
            stock=StockUse(operator_for=(), brand_for=("shop",)),
        ),
    ),
    # The store's card and the assistant's code each bind the follower's orders: Green Box.
    Template(
        "follower_card",
        Terms(
            "operator",
            (
                ShareRule("brand", 7000, channels=("shop",)),
                ShareRule("home_store", 2000, channels=("shop",)),
                ShareRule("introducer", 500, channels=("shop",)),
            ),
            "operator",
            collectors=(("shop", "brand"),),
            stock=StockUse(operator_for=(), brand_for=("shop",)),
        ),
    ),
    # A counter in a department store, which takes all money on its floor and keeps a commission.
    Template("department_store", Terms("landlord", (ShareRule("landlord", 3000),), "operator")),
    # The goods stay the brand's until they are sold; who sells them keeps a commission.
    Template("consignment", Terms("operator", (ShareRule("operator", 4000),), "stock_owner")),
    Template("own_stores", Terms("brand", (), "brand"), is_own=True),
)


def template_by_name(name: str) -> Template | None:
    """The template of this name."""
    return next((one for one in TEMPLATES if one.name == name), None)
