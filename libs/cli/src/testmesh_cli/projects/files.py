"""All files of a new project, as texts: the template's own, and those that every project has."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli import __version__
from testmesh_cli.projects.editors import editor_files, with_schema_line
from testmesh_cli.projects.parts import Part
from testmesh_cli.projects.texts import ENV_EXAMPLE, GITHUB, GITLAB, README, SETTINGS
from testmesh_cli.reporting.paper import visible

IGNORED = (".testmesh/", ".env")
CI_FILES = {"github": ".github/workflows/testmesh.yml", "gitlab": ".gitlab-ci.yml"}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be; `lines` are added to one that is there already, where it is made of lines that stand alone."""

    path: Path
    text: str
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for. `folder` is absolute and need not be there."""

    folder: Path
    parts: tuple[Part, ...]
    ci: str | None
    editor: str


def project_files(wish: Wish) -> list[NewFile]:
    """Return the files of a project, none of them written."""
    found = {path: text for part in wish.parts for path, text in part.files().items()}
    if wish.editor == "any":
        found = {path: with_schema_line(path, text) for path, text in found.items()}
    found |= editor_files(wish.editor)
    name = project_name(wish.folder)
    found[".testmesh.yaml"] = _settings(name, wish.parts)
    found[".env.example"] = ENV_EXAMPLE
    found["README.md"] = _readme(name, wish.parts)
    files = [NewFile(wish.folder / path, text) for path, text in found.items()]
    ignored = [*IGNORED, *(line for part in wish.parts for line in part.ignored)]
    files.append(NewFile(wish.folder / ".gitignore", "".join(f"{line}\n" for line in ignored), lines=True))
    if wish.ci is not None:
        files.append(_ci_file(wish, wish.ci))
    return sorted(files, key=lambda file: file.path)


def project_name(folder: Path) -> str:
    """Return the folder's name as text that any file can hold; a name is bytes, and may be no text at all."""
    return visible(folder.name.encode(errors="replace").decode()) or "tests"


def entering(path: str) -> str:
    """Return the shell's command that goes into a folder, whatever it is called."""
    return f"cd {shlex.quote(f'./{path}' if path.startswith('-') else path)}"


def _settings(name: str, parts: Sequence[Part]) -> str:
    variables = {key: value for part in parts for key, value in part.staging.items()}
    lines = "".join(f"      {key}: {value}\n" for key, value in variables.items())
    # JSON's strings are YAML's, and a folder may be called `on`, `1.0` or `a: b`.
    return SETTINGS.replace("@NAME@", json.dumps(name, ensure_ascii=False)).replace("@VARIABLES@\n", lines)


def _readme(name: str, parts: Sequence[Part]) -> str:
    rows = "".join(f"| {part.shows} | {flows} |\n" for part in parts for flows in [", ".join(_flows(part))])
    starts = [f"{part.start:<31}# in a second terminal: what the flows test\n" for part in parts if part.start]
    return README.replace("@NAME@", name).replace("@ROWS@\n", rows).replace("@START@\n", "".join(starts))


def _flows(part: Part) -> Iterator[str]:
    for path in part.files():
        if path.startswith("flows/"):
            yield f"[{path}]({path})"


def _ci_file(wish: Wish, ci: str) -> NewFile:
    """Return the file at the root of the repository, since nobody reads it elsewhere."""
    root = repository_of(wish.folder) or wish.folder
    inside = wish.folder.relative_to(root).as_posix()
    extras = ",".join(part.extra for part in wish.parts if part.extra)
    requirement = f"testmesh{f'[{extras}]' if extras else ''}=={__version__}"
    prepare = [command for part in wish.parts for command in part.prepare]
    text = _github(inside, requirement, prepare) if ci == "github" else _gitlab(inside, requirement, prepare)
    return NewFile(root / CI_FILES[ci], text)


def _github(inside: str, requirement: str, prepare: Sequence[str]) -> str:
    script = "".join(f"          {command}\n" for command in prepare)
    step = f"      - name: Start what is tested (put your own system here)\n        run: |\n{script}" if script else ""
    reports = json.dumps(f"{inside}/.testmesh/reports/".removeprefix("./"), ensure_ascii=False)
    text = GITHUB.replace("@REQUIREMENT@", requirement).replace("@PREPARE@\n", step).replace("@REPORTS@", reports)
    return text.replace("@FOLDER@", json.dumps(inside, ensure_ascii=False))


def _gitlab(inside: str, requirement: str, prepare: Sequence[str]) -> str:
    entered = [] if inside == "." else [entering(inside)]
    script = "".join(f"    - {json.dumps(command, ensure_ascii=False)}\n" for command in [*entered, *prepare])
    reports = f"{inside}/.testmesh/reports/".removeprefix("./")
    text = GITLAB.replace("@REQUIREMENT@", requirement).replace("@PREPARE@\n", script)
    text = text.replace("@JUNIT@", json.dumps(f"{reports}junit.xml", ensure_ascii=False))
    return text.replace("@REPORTS@", json.dumps(reports, ensure_ascii=False))


def repository_of(folder: Path) -> Path | None:
    """Return the root of the git repository that a folder is in, or will be."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)
