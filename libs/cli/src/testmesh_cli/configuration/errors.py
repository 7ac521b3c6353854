"""Why a configuration cannot be used, or not be changed."""

from collections.abc import Sequence

from testmesh_cli.errors import CliError, NotRunnableError, UsageError
from testmesh_cli.exit_codes import ExitCode
from testmesh_engine.language.diagnostics import Diagnostic, headline


class ConfigInvalidError(CliError):
    """A configuration file has faults; each is told as those of a flow are."""

    code = "config_invalid"
    exit_code = ExitCode.INVALID

    def __init__(self, faults: Sequence[Diagnostic], told: Sequence[str] = ()) -> None:
        self.faults = tuple(faults)
        written = "\n".join(told or [headline(fault) for fault in faults])
        super().__init__(f"the configuration cannot be used:\n{written}\n")


class UnknownKeyError(UsageError):
    """No setting has this name."""

    code = "config_key_unknown"


class NotSetError(CliError):
    """A setting is known, and nothing gives it a value."""

    code = "config_not_set"
    exit_code = ExitCode.NOTHING_SELECTED


class NotEditableError(UsageError):
    """A file is left as it is, since what was asked for cannot be written into it without changing more."""

    code = "config_not_editable"


class UnknownEnvironmentError(UsageError):
    """No configuration file has this environment."""

    code = "config_environment_unknown"


class PluginsNotSupportedError(NotRunnableError):
    """The configuration lists plugins, which this version does not load: what they would test, nothing tests."""

    code = "plugins_not_supported"
