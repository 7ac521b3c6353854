"""The page: its style, its script and the run's data in one file, which a policy keeps from any network.

What tested systems say is data alone: it is never markup of this file, and the script makes none of it.
"""

import base64
import hashlib
import json
import re
from html import escape
from importlib.resources import files

from testmesh_engine.reporters.html.payload import payload
from testmesh_engine.reporters.model import RunReport

SCRIPTS = ("elements.js", "details.js", "page.js")
_MARK = re.compile(r"\{\{([a-z]+)\}\}")
_NOT_IN_SCRIPTS = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def html_page(report: RunReport) -> bytes:
    """Return the whole file."""
    style, script = _read("page.css"), "".join(_read(name) for name in SCRIPTS)
    parts = {
        "policy": escape(_policy(style, script)),
        "title": escape(_title(report)),
        "style": style,
        "script": script,
        "data": _NOT_IN_SCRIPTS.sub(_escaped, json.dumps(payload(report), ensure_ascii=False, separators=(",", ":"))),
    }
    return _MARK.sub(lambda found: parts[found[1]], _read("page.html")).encode()


def _policy(style: str, script: str) -> str:
    rules = {
        "default-src": "'none'",
        "script-src": _digest(script),
        "style-src": _digest(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _title(report: RunReport) -> str:
    bad = sum(flow.status != "passed" for flow in report.flows)
    words = f"{bad} of {len(report.flows)} flows not passed" if bad else f"{len(report.flows)} flows passed"
    ends = f", exit code {report.exit_code}" if report.exit_code and not report.has_red else ""
    return f"{words if report.flows else 'no flow was run'}{ends} · TestMesh"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _read(name: str) -> str:
    return files("testmesh_engine.reporters.html").joinpath(name).read_text(encoding="utf-8")
