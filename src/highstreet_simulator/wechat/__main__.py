"""`python -m highstreet_simulator.wechat --port 8703 --db wechat.db`"""

from highstreet_simulator.provider.command import serve
from highstreet_simulator.wechat.face import WeChatPay

if __name__ == "__main__":
    serve("wechat", WeChatPay)
