"""What the person can ask for while a run is held, by name and by short name."""

from dataclasses import dataclass

from testmesh_cli.errors import UsageError
from testmesh_engine.language.diagnostics import did_you_mean


class UnknownCommandError(UsageError):
    """A word that is no command, or the beginning of several."""

    code = "unknown_command"


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as it is told of."""

    name: str
    short: str
    takes: str
    says: str


COMMANDS = (
    Command("step", "s", "", "run the next step; into the steps of control flow"),
    Command("next", "n", "", "run the next step with all that is inside it"),
    Command("continue", "c", "", "run to the next breakpoint, failure, or the end"),
    Command("retry", "r", "", "run the step again that has just run"),
    Command("skip", "k", "", "pass by the step that is due, or the one that did not pass"),
    Command("break", "b", "[PLACE]", "hold the run there; alone: list"),
    Command("clear", "cl", "[PLACE]", "hold it there no more; alone: all"),
    Command("print", "p", "EXPR", "the value of an expression; one alone is printed too"),
    Command("set", "", "NAME=EXPR", "give a variable a value; JSON is one too"),
    Command("vars", "v", "", "the variables, and the steps that can be read"),
    Command("request", "req", "", "what the last step sent"),
    Command("response", "res", "", "what it received"),
    Command("list", "l", "[LINE]", "the flow's text around the step"),
    Command("where", "w", "", "the step, and what it is inside of"),
    Command("reload", "", "", "take the steps to come from the edited file"),
    Command("restart", "", "", "end this run with its teardown, and begin anew"),
    Command("quit", "q", "", "end the run with its teardown, and leave"),
    Command("help", "h", "", "this list"),
)
_OTHER_NAMES = {"bt": "where", "cont": "continue", "exit": "quit", "?": "help", "run": "restart", "delete": "clear"}
"""Words that other debuggers know."""


def command_named(word: str) -> Command:
    """Return the command of a name, a short name, or the beginning of one name alone.

    Raises:
        UnknownCommandError: there is none, or there are several.
    """
    whole = _OTHER_NAMES.get(word, word)
    found = [command for command in COMMANDS if whole in (command.name, command.short)]
    found = found or [command for command in COMMANDS if command.name.startswith(word)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownCommandError(f'"{word}" may be {" or ".join(command.name for command in found)}')
    hint = did_you_mean(word, [command.name for command in COMMANDS])
    raise UnknownCommandError(f'"{word}" is no command; {hint if "mean" in hint else "`help` lists them"}')


def help_lines() -> list[str]:
    told = [f"  {f'{one.name} {one.takes}'.strip():<14} {one.short:<4} {one.says}" for one in COMMANDS]
    places = "  PLACE: a step's id, LINE or FILE:LINE (the step at or below it), `failure`."
    return [*told, places, "  An empty line is `step` or `next` again."]
