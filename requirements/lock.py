"""Write requirements.txt: all that the workspace's members and its developers need, pinned with hashes.

The members themselves are left out (they are installed from their folders), and so is every index address.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Written by `make lock`: every dependency with its hashes. Edit the members' pyproject.toml instead.\n"


def outside_requirements() -> list[str]:
    """Return what the members ask for beyond each other."""
    found: set[str] = set()
    for member in sorted(ROOT.glob("libs/*/pyproject.toml")) + sorted(ROOT.glob("services/*/pyproject.toml")):
        project = tomllib.loads(member.read_text())["project"]
        extras = project.get("optional-dependencies", {}).values()
        found.update(project.get("dependencies", []), *extras)
    return sorted(item for item in found if not item.startswith("testmesh"))


def main() -> None:
    wanted = "\n".join([*outside_requirements(), (ROOT / "requirements" / "development.in").read_text()])
    uv = Path(sys.executable).parent / "uv"
    arguments = [
        "pip",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
    ]
    pinned = subprocess.run(  # noqa: S603 - our own arguments
        [uv, *arguments, "--no-emit-find-links", "--universal", "--python-version", "3.11", "-"],
        input=wanted,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (ROOT / "requirements.txt").write_text(HEADER + pinned)


if __name__ == "__main__":
    main()
