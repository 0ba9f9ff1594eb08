"""`python -m highstreet_simulator.alipay --port 8702 --db alipay.db`"""

from highstreet_simulator.alipay.face import Alipay
from highstreet_simulator.provider.command import serve

if __name__ == "__main__":
    serve("alipay", Alipay)
