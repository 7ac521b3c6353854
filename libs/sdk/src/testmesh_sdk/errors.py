"""How an action says that it did not succeed.

ActionError               could not be judged: no connection, bad address; the step ends `error`
└── ActionTimeoutError    likewise, for want of time; `retry: {on: [timeout]}` means these
ActionFailure             was judged and found wrong; the step ends `failed`
"""


class ActionError(Exception):
    """The action could not be carried out, so that nothing can be said of the tested system."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ActionTimeoutError(ActionError):
    """The tested system did not answer in time."""


class ActionFailure(Exception):  # noqa: N818 - a failure is a verdict, an error is the lack of one
    """The action was carried out, and what it found is wrong."""

    code = "TM421"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
