"""The words of the payer's page, in English and Chinese."""

WORDS = {
    "brand": ("Pocket", "口袋钱包"),
    "simulated": (
        "A simulated wallet for trying things out. No real money, no real people.",
        "这是试用的模拟钱包：没有真的钱，也没有真的人。",
    ),
    "title_choose": ("Whose phone?", "拿谁的手机？"),
    "choose_lead": (
        "Pick a payer; then pay at the register with their code, or by the register’s QR.",
        "选一位付款人，再出示付款码，或扫收银台的二维码付款。",
    ),
    "at_once": ("Pays at once", "出示即付"),
    "asks": ("Is asked before each payment", "每次付款前先确认"),
    "rich": ("Has enough for a sofa, and pays at once", "钱多得够买沙发，出示即付"),
    "poor": ("Has hardly any money: payments are declined", "余额很少，付款会被拒"),
    "balance": ("Balance", "余额"),
    "top_up": ("Add {amount}", "充值 {amount}"),
    "other": ("Another payer", "换一位"),
    "pay": ("Pay", "付款"),
    "code_lead": (
        "Show it to the register’s scanner, or type the digits there.",
        "给收银台扫，或在收银台输入数字。",
    ),
    "copy": ("Copy the digits", "复制数字"),
    "copied": ("Copied", "已复制"),
    "fresh_in": ("New code in {seconds} s", "{seconds} 秒后换新码"),
    "code_qr": ("Payment code as QR", "付款二维码"),
    "code_bars": ("Payment code as barcode", "付款条形码"),
    "state": ("State", "状态"),
    "waiting": ("Waiting for a register to scan the code", "等待收银台扫码"),
    "ask_pay": ("Pay {amount} to {who}?", "向 {who} 付款 {amount}？"),
    "ask_left": ("The register waits for your answer.", "收银台在等您确认。"),
    "confirm": ("Confirm", "确认付款"),
    "decline": ("Decline", "拒绝"),
    "paid": ("Paid {amount} to {who}", "已付 {amount} 给 {who}"),
    "declined": ("Not paid: {amount} to {who}", "未付款：{amount}，{who}"),
    "closed": ("No longer asked for: {amount} to {who}", "已失效：{amount}，{who}"),
    "reversed": ("Called back: {amount} from {who}", "已撤回：{amount}，{who}"),
    "why_payer_refused": ("You declined.", "您拒绝了付款。"),
    "why_insufficient_balance": ("There is not enough money in the wallet.", "余额不足。"),
    "why_risk": ("The wallet declined for your safety.", "为了安全，钱包拒绝了付款。"),
    "why_expired": ("The time was up.", "超时了。"),
    "why_limit_exceeded": ("The day’s limit is reached.", "已到当日限额。"),
    "scan": ("Scan", "扫一扫"),
    "scan_lead": (
        "Paste what the register’s QR says, or take one that a register shows now.",
        "粘贴收银台二维码的内容，或选一个正在显示的。",
    ),
    "scan_field": ("The QR’s text", "二维码内容"),
    "scan_do": ("Open", "打开"),
    "scan_wrong": ("This is no QR of this wallet.", "这不是本钱包的二维码。"),
    "scan_none": ("No register shows a QR now.", "现在没有收银台在显示二维码。"),
    "pay_title": ("Pay {amount}", "付款 {amount}"),
    "pay_to": ("to {who}", "收款方：{who}"),
    "pay_as": ("Pay as {name}", "以{name}的身份付款"),
    "from_balance": ("from {amount}", "余额 {amount}"),
    "open_phone": ("Open {name}’s phone", "打开{name}的手机"),
    "code_expired": ("This QR is too old.", "这个二维码已过期。"),
    "code_used": ("This QR was paid or called back already.", "这个二维码已付款或已撤回。"),
    "failed": ("That did not work: try again.", "没有成功，请再试一次。"),
    "no_script": ("This page needs JavaScript.", "此页面需要 JavaScript。"),
}
LANGUAGES = ("en", "zh")


def say(language: str, key: str, **facts: object) -> str:
    """A text in one of the two languages, with its facts."""
    return WORDS[key][LANGUAGES.index(language)].format(**facts)
