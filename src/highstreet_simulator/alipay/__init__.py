"""Alipay as a process of its own: the face-to-face products (付款码, 订单码) of its open gateway, simulated.

It knows nothing of Highstreet. `PROTOCOL.md` beside this file says what is Alipay's and where that is written.
"""

from highstreet_simulator.alipay.face import Alipay

__all__ = ["Alipay"]
