"""A secret is not told in any of the spellings that it travels in, nor a part of it."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from yarl import URL

from testmesh_engine.executor.masking import CUT, MASK, Mask

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


@pytest.mark.parametrize("longer", [False, True])
@pytest.mark.parametrize(
    ("secret", "whole", "spelled"),
    [("sesame", "sesame-123", "sesame-123"), ("sesame", "sesame-123", "sesam%65-123"), ("a", "a-b", "a-b"),
     ("a", "a-b", "a-b%20")],
)  # fmt: skip
def test_nothing_is_left_of_a_secret_that_begins_with_another(secret, whole, spelled, longer):
    mask = masking(*((whole, secret) if longer else (secret, whole)))

    assert mask.text(f"x {spelled} y").replace("%20", "") == f"x {MASK} y"


def test_a_text_without_a_secret_is_the_same_text():
    text = "dXNlcjpub25l and others"

    assert Mask().text(text) is text
    assert masking("hunter2").text(text) is text
    assert masking("hunter2").text(f"{text}{CUT}") == f"{text}{CUT}"


@pytest.mark.parametrize("secret", [*SECRETS, "P@ss w0rd!9", 'hun"ter2-Secret&Val', "50%41 off", "a=b;c#d?e/f"])
def test_a_secret_is_masked_in_a_url_as_the_client_writes_it(secret):
    mask = masking(secret)
    queried, host = str(URL("http://h/x").with_query({"p": secret, "q": "1"})), "http://h"

    assert mask.text(queried) == f"http://h/x?p={MASK}&q=1"
    cut_off = 4 if len(secret) == 4 else 6
    assert mask.text(f"GET {queried[:-cut_off]}{CUT}") == f"GET http://h/x?p={MASK}{CUT}"
    assert mask.text(str(URL.build(scheme="http", host="h", path=f"/{secret}/b"))) == f"{host}/{MASK}/b"
    assert mask.text(str(URL.build(scheme="http", host="h", user="u", password=secret))) == f"http://u:{MASK}@h"
    if "?" not in secret:
        assert mask.text(str(URL(f"{host}/?a={secret}"))).startswith(f"{host}/?a={MASK}")


def test_a_secret_is_masked_in_a_query_whose_blanks_alone_are_encoded():
    assert masking("a&b c d").text("q=a&b+c+d&r=1") == f"q={MASK}&r=1"


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_whichever_of_its_signs_are_percent_encoded(secret, lower):
    for kept in range(3):
        signs = [
            sign if at % 3 == kept else "".join(f"%{byte:02x}" if lower else f"%{byte:02X}" for byte in sign.encode())
            for at, sign in enumerate(secret)
        ]
        assert masking(secret).text(f"?p={''.join(signs)}&q=1") == f"?p={MASK}&q=1"


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_in_json_that_is_a_text_in_json(secret):
    once = json.dumps({"a": secret}, ensure_ascii=False)
    twice = json.dumps({"text": once})
    thrice = json.dumps({"text": twice}).replace("&", "\\u0026")

    for told in (once, twice, thrice):
        assert told.count(MASK) == 0
        assert masking(secret).text(told).count(MASK) == 1
        assert secret[-4:] not in masking(secret).text(told)
        assert secret[:4] not in masking(secret).text(told)


KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq/hkiG9w\nshort\nof8signs\n0BAQEFAASCBKcwggSj+AgE\n-----END KEY-----\n"


@pytest.mark.parametrize("line", [line for line in KEY.splitlines() if len(line) >= 8])
def test_a_line_of_a_secret_is_masked_where_it_stands_alone(line):
    for told in (line, quote(line, safe=""), line.replace("/", "\\/")):
        assert masking(KEY).text(f"read {told} of the key") == f"read {MASK} of the key"
    assert masking(KEY).text("a short line") == "a short line"


@pytest.mark.parametrize("secret", ["7", "12", "abc", "a&b", "é1"])
def test_a_short_secret_is_masked_as_a_whole_value_and_as_a_word(secret):
    mask = masking(secret)

    assert mask.text(secret) == MASK
    assert mask.text(json.dumps({"pin": secret})) == json.dumps({"pin": MASK})
    assert mask.text(json.dumps(f"pin:\n{secret}.")) == json.dumps(f"pin:\n{MASK}.")
    assert mask.text(str(URL("http://h/").with_query({"pin": secret}))) == f"http://h/?pin={MASK}"
    assert mask.text(f"x%20{secret}") == f"x%20{MASK}"


def test_a_short_secret_is_left_inside_words_and_signs_alone_are_no_word():
    text = "abcdef abc1 1abc zabc - abcd"

    assert masking("abc").text(text) is text
    assert masking("-").text(text) is text


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("%25" * 60 + "x", "%2525" * 2000),
        ("%" * 60 + "x", "%25" * 2000),
        ("\\" * 40 + "x", "\\" * 4000 + "%"),
        ('"\\' * 30, '\\\\"' * 2000 + "%"),
        (" +" * 60 + "x", "+" * 4000),
    ],
)
def test_a_secret_of_signs_that_escapes_are_made_of_is_looked_for_in_bounded_time(secret, text):
    assert masking(secret).text(text) == text
