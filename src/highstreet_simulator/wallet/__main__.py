"""`python -m highstreet_simulator.wallet --port 8701 --db wallet.db`"""

from highstreet_simulator.provider.command import serve
from highstreet_simulator.wallet.face import Wallet

if __name__ == "__main__":
    serve("wallet", Wallet)
