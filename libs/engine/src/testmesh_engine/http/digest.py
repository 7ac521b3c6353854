"""Digest authentication (RFC 7616): the server asks for it with a 401, and is asked again with a proof."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from testmesh_engine.actions.http_auth import DigestAuth
from testmesh_engine.http.asked import Answer, Ask, Asked
from testmesh_sdk import ActionContext, ActionError

_UNAUTHORIZED = 401
_ALGORITHMS = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
"""By their names in a challenge, the strongest first."""
_WORD = re.compile(r"""
    (?P<name>[\w!#$%&'*+.^`|~-]+)
    (?: \s*=\s* (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<bare>[^\s,"]+) ) )?
""", re.VERBOSE)  # fmt: skip
_ESCAPED = re.compile(r"\\(.)")

Challenge = dict[str, str]


def with_digest(ask: Ask, auth: DigestAuth, context: ActionContext) -> Ask:
    """Return what asks as `ask` does, and again with the proof where the server wants one."""

    async def signed(asked: Asked) -> Answer:
        answer = await ask(asked)
        if answer.status != _UNAUTHORIZED or not asked.is_trusted:
            return answer
        challenges = [found for written in answer.all_of("www-authenticate") for found in challenges_in(written)]
        if not challenges:
            return answer
        challenge = _strongest(challenges, context)
        proof = proof_of(challenge, auth, asked, secrets.token_hex(8))
        return await ask(replace(asked, headers={**asked.headers, "Authorization": proof}))

    return signed


def challenges_in(written: str) -> list[Challenge]:
    """Return the challenges of the digest kind in a WWW-Authenticate header, which may hold others, too."""
    found: list[tuple[str, Challenge]] = []
    for word in _WORD.finditer(written):
        value = word["quoted"] if word["quoted"] is not None else word["bare"]
        if value is None:
            found.append((word["name"].lower(), {}))
        elif found:
            found[-1][1][word["name"].lower()] = _ESCAPED.sub(r"\1", value)
    return [challenge for scheme, challenge in found if scheme == "digest"]


def _strongest(challenges: list[Challenge], context: ActionContext) -> Challenge:
    for name in _ALGORITHMS:
        for challenge in challenges:
            if _algorithm(challenge) == name and "nonce" in challenge and _quality(challenge) is not None:
                return challenge
    asked_for = ", ".join(challenge.get("algorithm", "MD5") for challenge in challenges)
    message = f"the server wants a digest that is not known here ({asked_for}); known are {', '.join(_ALGORITHMS)}"
    raise ActionError("TM471", f"{context.activity}: {message}, with a nonce, and qop auth or auth-int")


def _algorithm(challenge: Challenge) -> str:
    return challenge.get("algorithm", "MD5").upper().removesuffix("-SESS")


def _quality(challenge: Challenge) -> str | None:
    """Return what the proof covers: "" of old servers, which do not say it; None for what is not known."""
    if "qop" not in challenge:
        return ""
    offered = {each.strip() for each in challenge["qop"].split(",")}
    return next((each for each in ("auth", "auth-int") if each in offered), None)


def proof_of(challenge: Challenge, auth: DigestAuth, asked: Asked, own: str) -> str:
    """Return the Authorization header that answers a challenge; `own` is the client's nonce."""
    digested = _digester(_algorithm(challenge))
    realm, nonce, quality = challenge.get("realm", ""), challenge["nonce"], _quality(challenge) or ""
    target = asked.url.raw_path_qs
    secret = digested(f"{auth.username}:{realm}:{auth.password}")
    if challenge.get("algorithm", "").upper().endswith("-SESS"):
        secret = digested(f"{secret}:{nonce}:{own}")
    covered = f"{asked.method}:{target}"
    if quality == "auth-int":
        covered += f":{digested(asked.data or b'')}"
    count = "00000001"
    middle = f"{nonce}:{count}:{own}:{quality}" if quality else nonce
    hashed = challenge.get("userhash", "").lower() == "true"
    said = {
        "username": digested(f"{auth.username}:{realm}") if hashed else auth.username,
        "realm": realm,
        "nonce": nonce,
        "uri": target,
        "response": digested(f"{secret}:{middle}:{digested(covered)}"),
    }
    parts = [f'{name}="{_quoted(value)}"' for name, value in said.items()]
    parts += [f'opaque="{_quoted(challenge["opaque"])}"'] if "opaque" in challenge else []
    parts += [f"algorithm={challenge['algorithm']}"] if "algorithm" in challenge else []
    parts += [f'qop={quality}, nc={count}, cnonce="{own}"'] if quality else []
    parts += ["userhash=true"] if hashed else []
    return "Digest " + ", ".join(parts)


def _digester(algorithm: str) -> Callable[[str | bytes], str]:
    def digested(value: str | bytes) -> str:
        data = value.encode() if isinstance(value, str) else value
        return hashlib.new(_ALGORITHMS[algorithm], data, usedforsecurity=False).hexdigest()

    return digested


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
