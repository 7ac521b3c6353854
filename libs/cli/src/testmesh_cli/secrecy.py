"""Which names stand for something that is not to be shown, and which parts of addresses."""

import re

MASKED = "***"
_CREDENTIAL = re.compile("pass|secret|token|key|credential|auth", re.IGNORECASE)
_USER = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s/?#:@]*):(?P<password>[^\s/?#]*)@", re.IGNORECASE)
_PARAMETER = re.compile(r"(?P<before>[?&;](?P<name>[^\s=&;#?]+)=)(?P<value>[^\s&;#]+)")


def looks_secret(name: str) -> bool:
    """Say whether the value of this name is one that only its owner should read."""
    return _CREDENTIAL.search(name) is not None


def without_passwords(text: str) -> str:
    """Return a text without the passwords of addresses in it, and without parameters that are named like secrets."""
    if "://" not in text:
        return text
    shown = _USER.sub(rf"\g<before>:{MASKED}@", text)
    return _PARAMETER.sub(
        lambda found: f"{found['before']}{MASKED}" if looks_secret(found["name"]) else found[0], shown
    )
