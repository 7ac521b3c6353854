"""Accounts: who signed up, and who is signed in."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from itertools import count

from shop.errors import EmailTakenError, NotFoundError, SignInError


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signed up; the password is kept as a salted digest."""

    id: str
    email: str
    name: str
    digest: bytes = field(repr=False)
    salt: bytes = field(repr=False)


class Accounts:
    """Users and their tokens. An e-mail address, in whichever case it is written, signs up once."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._users: dict[str, User] = {}
        self._ids_by_email: dict[str, str] = {}
        self._ids_by_token: dict[str, str] = {}

    def sign_up(self, email: str, name: str, password: str) -> User:
        address = email.lower()
        if address in self._ids_by_email:
            raise EmailTakenError(address)
        salt = secrets.token_bytes(16)
        user = User(f"user-{next(self._numbers)}", address, name, _digest(password, salt), salt)
        self._users[user.id] = user
        self._ids_by_email[address] = user.id
        return user

    def get(self, user_id: str) -> User:
        try:
            return self._users[user_id]
        except KeyError:
            raise NotFoundError("user", user_id) from None

    def sign_in(self, email: str, password: str) -> tuple[str, User]:
        """Return a new token and its user. An unknown address and a wrong password are told alike."""
        user = self._users.get(self._ids_by_email.get(email.lower(), ""))
        if user is None or not hmac.compare_digest(user.digest, _digest(password, user.salt)):
            raise SignInError("sign_in_failed", "the e-mail address or the password is wrong")
        token = secrets.token_urlsafe(24)
        self._ids_by_token[token] = user.id
        return token, user

    def signed_in(self, token: str) -> User:
        try:
            return self._users[self._ids_by_token[token]]
        except KeyError:
            raise SignInError("sign_in_required", "sign in at POST /login and send its token") from None

    def remove(self, user_id: str) -> None:
        user = self.get(user_id)
        del self._users[user_id]
        del self._ids_by_email[user.email]
        self._ids_by_token = {token: owner for token, owner in self._ids_by_token.items() if owner != user_id}


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1)
