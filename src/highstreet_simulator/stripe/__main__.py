"""`python -m highstreet_simulator.stripe --port 8704 --db stripe.db --currency EUR`"""

from highstreet_simulator.provider.command import serve
from highstreet_simulator.stripe.face import Stripe

if __name__ == "__main__":
    serve("stripe", Stripe)
