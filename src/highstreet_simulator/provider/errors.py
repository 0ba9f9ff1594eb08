"""The one way in which the wallet refuses."""


class ProviderRefusal(Exception):
    """A request that cannot be granted.

    `code` is stable and meant for programs, `status` is the HTTP status, `facts` are further JSON members
    of the error answer.
    """

    def __init__(self, status: int, code: str, message: str, **facts: object) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.facts = facts

    def body(self) -> dict[str, object]:
        """The error as it goes over the wire."""
        return {"code": self.code, "message": self.message, **self.facts}
