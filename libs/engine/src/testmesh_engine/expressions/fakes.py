"""`fake("email")`: made-up values of the Faker library, the same ones for the same seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from testmesh_engine.expressions.arguments import text
from testmesh_engine.expressions.errors import MistakenArgumentError, cut, nearest

if TYPE_CHECKING:
    from faker import Faker

PROVIDERS = frozenset((
    "address", "boolean", "bothify", "bs", "building_number", "catch_phrase", "city", "color_name", "company",
    "company_email", "company_suffix", "country", "country_code", "credit_card_number",
    "credit_card_provider", "cryptocurrency_code", "currency_code", "currency_name", "domain_name", "ean13", "ean8",
    "email", "file_extension", "file_name", "first_name", "first_name_female", "first_name_male", "hex_color",
    "hostname", "iban", "image_url", "ipv4", "ipv4_private", "ipv6", "isbn10", "isbn13", "job", "language_code",
    "language_name", "last_name", "latitude", "license_plate", "locale", "longitude", "mac_address", "md5",
    "mime_type", "name", "name_female", "name_male", "paragraph", "password", "phone_number", "port_number",
    "postcode", "prefix", "random_digit", "random_letter", "safe_color_name", "sentence", "sha1", "sha256", "slug",
    "ssn", "street_address", "street_name", "suffix", "swift", "text", "tld", "uri", "uri_path", "url", "user_agent",
    "user_name", "uuid4", "word",
))  # fmt: skip
"""What can be asked for: plain values that hang on the seed alone, and not on today's date."""
_SHORTER = {"phone": "phone_number", "username": "user_name", "zip": "postcode", "uuid": "uuid4", "ip": "ipv4"}
_DEFAULT_LOCALE = "en_US"


class Fakes:
    """Makes values for one run; the library is loaded when the first is asked for."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._by_locale: dict[str, Faker] = {}

    def __call__(self, provider: object, locale: object = _DEFAULT_LOCALE) -> object:
        """Return the next value; an error names the nearest provider or locale."""
        wanted = text(provider, "fake")
        name = _SHORTER.get(wanted, wanted)
        if name not in PROVIDERS:
            raise MistakenArgumentError(f"fake() knows no `{cut(wanted, 60)}`.{nearest(wanted, sorted(PROVIDERS))}")
        faker = self._faker(text(locale, "fake").replace("-", "_"))
        made = getattr(faker, name, None)
        if made is None:
            raise MistakenArgumentError(f"fake() has no `{name}` for the locale {locale}")
        value = made()
        return value if isinstance(value, str | int | bool) else str(value)

    @contextmanager
    def unmoved(self) -> Iterator[None]:
        """Make values within the block, and go on behind it as if none had been made."""
        before = {locale: faker.random.getstate() for locale, faker in self._by_locale.items()}
        try:
            yield
        finally:
            self._by_locale = {locale: self._by_locale[locale] for locale in before}
            for locale, state in before.items():
                self._by_locale[locale].random.setstate(state)

    def _faker(self, locale: str) -> "Faker":
        if locale not in self._by_locale:
            self._by_locale[locale] = _made(locale, self._seed)
        return self._by_locale[locale]


def _made(locale: str, seed: int) -> "Faker":
    from faker import Faker

    known = _locales()
    if locale not in known:
        close = get_close_matches(locale, known, n=1)
        hint = f" Did you mean `{close[0]}`?" if close else " One is written as `de_DE`."
        raise MistakenArgumentError(f"fake() knows no locale `{cut(locale, 20)}`.{hint}")
    faker = Faker(locale)
    faker.seed_instance(f"{seed}:{locale}")
    return faker


@lru_cache(maxsize=1)
def _locales() -> frozenset[str]:
    from faker.config import AVAILABLE_LOCALES

    return frozenset(AVAILABLE_LOCALES)
