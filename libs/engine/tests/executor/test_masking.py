"""A secret is not told in any of the spellings that it travels in, nor a part of it."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from testmesh_engine.executor.masking import MASK, Mask

SECRETS = ["hunter2", "s3cr", "p@ss/w+rd?", 'quo"te\\d', "schön & gut", "0123456789abcdef", "correct horse battery"]
BEFORE = ["", "a", "ab", "abc", "admin:", "user:"]
BEHIND = ["", "x", "xy", "xyz"]
WAYS = [base64.b64encode, base64.urlsafe_b64encode]


def masking(*secrets: str) -> Mask:
    mask = Mask()
    for secret in secrets:
        mask.add(secret)
    return mask


def bits_left(told: str, before: str, secret: str, behind: str, encode) -> str:
    """Return the signs beside the mask that another secret in the same place would have changed."""
    whole = encode((before + secret + behind).encode()).decode()
    left, right = told.split(MASK)
    other = encode((before + "\xff" * len(secret.encode()) + behind).encode("latin-1")).decode()
    changed = {at for at in range(len(whole)) if whole[at] != other[at]}
    return "".join(whole[at] for at in sorted(changed) if at < len(left) or at >= len(whole) - len(right))


@pytest.mark.parametrize("encode", WAYS)
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_sign_of_base64_that_holds_bits_of_a_secret_is_left_wherever_it_stands(secret, padded, encode):
    for before in BEFORE:
        for behind in BEHIND:
            whole = encode((before + secret + behind).encode()).decode()
            told = masking(secret).text(f"<{whole if padded else whole.rstrip('=')}>")
            assert told.count(MASK) == 1, (before, behind)
            assert told.startswith("<")
            assert told.endswith(">")
            assert bits_left(told[1:-1], before, secret, behind, encode) == "", (before, behind, told)


def test_what_basic_auth_sends_leaves_nothing_of_the_password():
    sent = "Basic " + base64.b64encode(b"admin:hunter2").decode()

    assert masking("hunter2").text(sent) == f"Basic YWRtaW46{MASK}"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda text: quote(text, safe=""),
        lambda text: quote(text, safe="").lower() if text.islower() else quote(text),
        quote_plus,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: quote(base64.b64encode(text.encode()).decode().rstrip("="), safe=""),
    ],
)
def test_a_secret_is_masked_in_every_spelling(secret, spell):
    assert masking(secret).text(f"before {spell(secret)} behind") == f"before {MASK} behind"


def test_what_stands_between_two_secrets_stays():
    mask = masking("hunter2", "letmein!")
    both = base64.b64encode(b"hunter2").decode() + " and " + base64.b64encode(b"letmein!").decode()

    assert mask.text(f"hunter2, letmein!, {both}.") == f"{MASK}, {MASK}, {MASK} and {MASK}."


def test_a_text_without_a_secret_is_the_same_text():
    text = "dXNlcjpub25l and others"

    assert Mask().text(text) is text
    assert masking("hunter2").text(text) is text


def test_a_secret_that_is_too_short_is_masked_as_a_whole_value_alone():
    assert masking("abc").text("abc") == MASK
    assert masking("abc").text("abcdef") == "abcdef"
