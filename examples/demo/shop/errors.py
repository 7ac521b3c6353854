"""What the shop refuses, and how it says so.

ShopError
├── NotFoundError           404  user_not_found, product_not_found, order_not_found, shipment_not_found
├── EmailTakenError         409  email_taken
├── OutOfStockError         409  out_of_stock
└── SignInError             401  sign_in_failed, sign_in_required
"""


class ShopError(Exception):
    """A refusal: a status for the protocol, a stable code for programs, a sentence for people."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotFoundError(ShopError):
    """There is no such thing, or not yet."""

    status = 404

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind}_not_found", f"there is no {kind} {key!r}")


class EmailTakenError(ShopError):
    """Somebody signed up with this e-mail address before."""

    status = 409

    def __init__(self, email: str) -> None:
        super().__init__("email_taken", f"{email} is signed up already: sign in instead")


class OutOfStockError(ShopError):
    """An order asks for more than there is. Nothing of it was taken."""

    status = 409

    def __init__(self, product_id: str, wanted: int, stock: int) -> None:
        super().__init__("out_of_stock", f"{wanted} of {product_id!r} were ordered and {stock} are left")


class SignInError(ShopError):
    """Nobody is signed in, or the e-mail address and the password do not fit."""

    status = 401
