"""WeChat Pay, version 3, for direct merchants: what Highstreet's connector and others' SDKs can be tried against.

It knows nothing of Highstreet. `PROTOCOL.md` beside this file says what is simulated and where each rule is from.
"""

from highstreet_simulator.wechat.face import WeChatPay

__all__ = ["WeChatPay"]
