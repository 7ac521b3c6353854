"""What the command says of itself: its commands by purpose, examples of each, and where to begin."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DEMO_PORT = 8090
"""Where `testmesh demo` listens, and example flows look for it."""
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Begin": {
        "init": "Make a project: flows that run, settings, a CI file.",
        "demo": "Serve a small shop to test against.",
        "completion": "Make a shell complete commands and options.",
    },
    "Write flows": {
        "validate": "Find every mistake in flows, run nothing.",
        "explain": "Look up an action, a function, a code.",
        "schema": "Print the language as JSON Schema, for editors.",
        "config": "Show settings, and where each comes from.",
    },
    "Run flows": {
        "run": "Run flows here, or on a server.",
        "watch": "Run again what a change touches.",
        "debug": "Go through a flow step by step.",
    },
    "With a server": {
        "server": "Start a server on this machine.",
        "push": "Bring flows to the server.",
        "upload": "Send results that wait for a server.",
        "results": "List what ran, or show one execution.",
        "logs": "Print what an execution logged.",
        "artifacts": "List or download files that steps left.",
    },
}
"""Commands by what they are for, in a few words; one that is in none of these is listed below them."""

EXAMPLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "artifacts": [
        ("testmesh artifacts list --last", "of the newest execution"),
        ("testmesh artifacts download --last --into out", "as out/STEP/NAME"),
    ],
    "completion": [
        ('eval "$(testmesh completion bash)"', "a line for ~/.bashrc"),
        ('eval "$(testmesh completion zsh)"', "a line for ~/.zshrc, below compinit"),
        ("testmesh completion fish | source", "a line for ~/.config/fish/config.fish"),
    ],
    "config": [
        ("testmesh config explain", "where each value comes from"),
        ("testmesh config set defaults.jobs 4", "into .testmesh.yaml"),
        ("testmesh config get defaults.jobs", "one value alone"),
    ],
    "debug": [
        ("testmesh debug flows/order.yaml", "held before its first step"),
        ("testmesh debug flows/order.yaml --break pay", "held there, too"),
    ],
    "demo": [
        ("testmesh demo", "at http://127.0.0.1:8090, where examples look"),
        ("testmesh demo --port 0", "at a free port, which it prints"),
    ],
    "explain": [
        ("testmesh explain TM301", "what it means, and what to do"),
        ("testmesh explain http_request", "what an action takes and gives"),
        ("testmesh explain operators functions", "what expressions can say"),
        ("testmesh explain", "all topics and codes"),
    ],
    "init": [
        ("testmesh init my-tests", "flows against the demo shop"),
        ("testmesh init --ci github", "here, with a workflow for GitHub Actions"),
        ("testmesh init --editor any", "for editors other than VS Code"),
    ],
    "logs": [
        ("testmesh logs --last", "of the newest execution"),
        ("testmesh logs -f --level warning", "as they come, from warnings up"),
    ],
    "push": [
        ("testmesh push flows", "create or update each flow"),
        ("testmesh push flows --dry-run", "say what would change"),
    ],
    "results": [
        ("testmesh results", "the newest executions"),
        ("testmesh results --last --status failed", "the newest that failed"),
        ("testmesh results -n 100 -o json", "for programs"),
    ],
    "run": [
        ("testmesh run", "every flow below this folder"),
        ("testmesh run flows/order.yaml", "one flow"),
        ("testmesh run flows -t 'smoke and not slow'", "by tags"),
        ("testmesh run flows --last-failed", "what did not pass before"),
        ("testmesh run flows -e staging --var region=eu", "with variables"),
        ("testmesh run flows -j 8 --fail-fast", "eight at once, stop early"),
        ("testmesh run flows --report junit=report.xml", "for CI; also html, allure"),
        ("testmesh run flows --remote --follow", "on the server, with logs"),
        ("testmesh run flows -o json", "for programs"),
    ],
    "schema": [("testmesh schema --draft 07 > .flow.schema.json", "for editors")],
    "server": [
        ("testmesh server --demo", "with a shop and example flows"),
        ("testmesh server --port 0 --data ./data", "at a free port, all files in ./data"),
    ],
    "upload": [
        ("testmesh run flows --upload", "run here, keep the results on the server"),
        ("testmesh upload", "send those that it could not take"),
    ],
    "validate": [
        ("testmesh validate", "every flow below this folder"),
        ("testmesh validate flows --format json", "for programs; also github, sarif"),
    ],
    "watch": [
        ("testmesh watch", "every flow below this folder"),
        ("testmesh watch flows -t smoke -e staging", "by tags, with variables"),
    ],
}
"""Command lines that stand at the end of a command's help, each with what it does."""

BEGIN = [("testmesh init my-tests", "make a project: flows that run, settings, a README")]
TARGET = [("testmesh demo", "start a small shop to test against")]
WORK = [
    ("testmesh run", "run the flows below this folder"),
    ("testmesh validate", "look for mistakes in them, run nothing"),
]
HELP = [("testmesh --help", "all commands; testmesh COMMAND --help for one")]


def examples_of(command: str) -> str | None:
    """Return the end of a command's help, for click."""
    lines = EXAMPLES.get(command)
    return None if lines is None else "\b\nExamples:\n" + "\n".join(_aligned(lines))


def first_words(folder: "Path") -> str:
    """Return what somebody should hear who names no command: how to go on from this folder."""
    is_project = any((place / ".testmesh.yaml").is_file() for place in (folder, *folder.parents))
    lines = [*([] if is_project else BEGIN), *TARGET, *WORK, *HELP]
    return "\n".join(["testmesh runs end-to-end tests, written as flows in YAML.", "", *_aligned(lines)])


def in_sections(commands: Sequence[str]) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Return the commands by purpose, with their words where they have some here; each is there once."""
    named = {name for told in SECTIONS.values() for name in told}
    found: list[tuple[str, list[tuple[str, str | None]]]] = [
        (title, [(name, words) for name, words in told.items() if name in commands]) for title, told in SECTIONS.items()
    ]
    found.append(("More", [(name, None) for name in commands if name not in named]))
    return [(title, told) for title, told in found if told]


def not_a_command(word: str, commands: Sequence[str]) -> str:
    """Say what may have been meant by a word that names no command."""
    from difflib import get_close_matches
    from shlex import quote

    if os.path.lexists(word):
        return f"{word!r} is no command but a path; to run its flows: testmesh run {quote(word)}"
    near = get_close_matches(word, commands, n=1, cutoff=0.5)
    return f"There is no command {word!r}" + (f"; did you mean {near[0]!r}?" if near else ".")


def _aligned(lines: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(command) for command, _ in lines)
    return [f"  {command:<{width}}   {purpose}" for command, purpose in lines]
