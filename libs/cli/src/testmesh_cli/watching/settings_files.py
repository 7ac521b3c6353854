"""Files that have a say in every flow: the project's and the user's settings, `.env`, and the file of `--var-file`."""

from pathlib import Path

from testmesh_cli.configuration.files import DOTENV, NAME, ConfigFiles


def settings_files(files: ConfigFiles, var_file: Path | None) -> list[Path]:
    """Return them as they are named, absolute; those of this folder also where they are not there yet."""
    folders = [files.folder] if files.project is None else [files.folder, files.project.parent]
    found = [folder / name for folder in dict.fromkeys(folders) for name in (NAME, DOTENV)]
    return [path.absolute() for path in [*found, files.user, *([var_file] if var_file is not None else [])]]
