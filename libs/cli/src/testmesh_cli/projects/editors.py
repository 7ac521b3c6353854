"""What makes an editor know the flow language: its schema, and the word that says which files it is for."""

import json

SCHEMA = ".flow.schema.json"
"""A hidden file: commands that look for flows in a folder pass it over without a word."""
SUFFIX = ".yaml"


def editor_files(editor: str) -> dict[str, str]:
    """Return the files that an editor is to find; the schema is in the draft that editors read best."""
    if editor == "none":
        return {}
    from testmesh_engine.language.schema import flow_schema

    files = {SCHEMA: _json(flow_schema(draft="07"))}
    if editor == "vscode":
        files[".vscode/settings.json"] = _json({"yaml.schemas": {f"./{SCHEMA}": f"flows/**/*{SUFFIX}"}})
        files[".vscode/extensions.json"] = _json({"recommendations": ["redhat.vscode-yaml"]})
    return files


def with_schema_line(path: str, text: str) -> str:
    """Return a flow with the line in which YAML language servers look for its schema; others as they are."""
    if not path.startswith("flows/"):
        return text
    up = "../" * path.count("/")
    return f"# yaml-language-server: $schema={up}{SCHEMA}\n{text}"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
