"""What is said while a run is held: commands taken, answers given, until the person lets it go on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from testmesh_cli.debugging.breakpoints import FAILURE, Breakpoints
from testmesh_cli.debugging.commands import COMMANDS, UnknownCommandError, command_named, help_lines
from testmesh_cli.debugging.evaluating import assignment, explained, read_expression
from testmesh_cli.debugging.prompt import Prompt
from testmesh_cli.debugging.run import DebuggedRun
from testmesh_cli.debugging.showing import Screen
from testmesh_cli.debugging.source import around, line_number, source_lines
from testmesh_cli.debugging.upcoming import due_after
from testmesh_cli.debugging.words import Answer, Go, Held, Leave, Retry, Skip, TerminatedError
from testmesh_cli.errors import CliError, UsageError
from testmesh_cli.reporting.values import shown_value
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import StepFinished
from testmesh_engine.expressions import ExpressionError, ExpressionSyntaxError, UnknownNameError
from testmesh_engine.language.models import Step
from testmesh_engine.names import is_name

Outcome = Answer | None
Reread = Callable[[], Mapping[Path, FlowFile]]
REPEATED = ("step", "next")


class Conversation:
    """Talks about one run, each time that it is held."""

    def __init__(
        self, run: DebuggedRun, breakpoints: Breakpoints, screen: Screen, prompt: Prompt, reread: Reread
    ) -> None:
        self.wants_restart = False
        self._run = run
        self._breakpoints = breakpoints
        self._screen = screen
        self._prompt = prompt
        self._reread = reread
        self._files = reread()
        self._last = ""
        self._held: Held

    def about(self, held: Held) -> Answer:
        """Talk until the person says how to go on."""
        self._held = held
        self._screen.hold(held, self._file(), "" if held.ended is None else due_after(held))
        while True:
            try:
                line = self._prompt.ask()
            except KeyboardInterrupt as interrupt:
                if isinstance(interrupt, TerminatedError) or not self._prompt.is_terminal:
                    return Leave()
                self._screen.say("\n`quit` ends the run with its teardown")
                continue
            if line is None:
                return Leave()
            words = line.strip() or self._last
            try:
                words = self._as_command(words)
                answer = self._obey(words)
            except (CliError, ExpressionError, ExpressionSyntaxError) as error:
                self._screen.say(explained(error, words), "red")
                continue
            if answer is not None:
                return answer

    def words(self, line: str) -> list[str]:
        """Return what may stand next in a line that is being typed."""
        if " " not in line.lstrip():
            return [f"{command.name} " if command.takes else command.name for command in COMMANDS]
        ids = [step.id for file in self._files.values() if file.flow is not None for step in file.flow.all_steps()]
        return sorted({*ids, FAILURE}) if line.split(maxsplit=1)[0] in ("break", "b", "clear", "cl") else ids

    def _as_command(self, words: str) -> str:
        """Return what was typed as a command: an expression that stands alone is printed."""
        if not words:
            return words
        try:
            command_named(words.partition(" ")[0])
        except UnknownCommandError:
            if not self._can_be_read(words):
                raise
            return f"print {words}"
        return words

    def _can_be_read(self, words: str) -> bool:
        """Say whether words are an expression; a word alone is one where something has this name."""
        try:
            expression = read_expression(words)
            if is_name(words):
                self._run.ask(lambda: self._held.here.value(expression))
        except (ExpressionSyntaxError, UnknownNameError):
            return False
        return True

    def _obey(self, line: str) -> Outcome:
        if not line:
            return None
        word, _, rest = line.partition(" ")
        command = command_named(word)
        self._last = line if command.name in REPEATED else ""
        does: Callable[..., Outcome] = getattr(self, f"_{command.name}")
        if command.takes:
            return does(rest.strip())
        if rest.strip():
            raise UsageError(f"{command.name} stands alone; `help` lists the commands")
        return does()

    def _step(self) -> Outcome:
        return Go("any")

    def _next(self) -> Outcome:
        return Go(self._held.here.path.count("/"))

    def _continue(self) -> Outcome:
        return Go("none")

    def _retry(self) -> Outcome:
        if self._held.ended is None:
            raise UsageError("no step has just run here: retry works behind a step, as after `step` or a failure")
        return Retry()

    def _skip(self) -> Outcome:
        return Skip()

    def _break(self, rest: str) -> Outcome:
        if not rest:
            for spot in self._breakpoints.spots:
                self._screen.say(f"  {spot}")
            self._screen.say(f"  failure: {'on' if self._breakpoints.on_failure else 'off'}")
        elif rest == FAILURE:
            self._breakpoints.on_failure = True
        else:
            self._screen.say(f"breakpoint at {self._breakpoints.add(rest)}")
        return None

    def _clear(self, rest: str) -> Outcome:
        if not rest:
            self._breakpoints.spots.clear()
            self._screen.say("no breakpoint is left; a failure still holds the run, unless `clear failure`")
        elif rest == FAILURE:
            self._breakpoints.on_failure = False
        else:
            self._screen.say(f"no breakpoint any more at {self._breakpoints.remove(rest)}")
        return None

    def _print(self, rest: str) -> Outcome:
        expression = read_expression(rest)
        self._screen.value(self._run.ask(lambda: self._held.here.value(expression)))
        return None

    def _set(self, rest: str) -> Outcome:
        name, expression = assignment(rest)
        value = self._run.ask(lambda: self._held.here.sets(name, expression))
        self._screen.value(value, name)
        return None

    def _vars(self) -> Outcome:
        variables: dict[str, Any] = self._run.ask(self._held.here.variables)
        width = max(map(len, variables), default=0)
        for name, value in variables.items():
            self._screen.say(f"  {name:<{width}} = {shown_value(value)}")
        results = self._run.ask(self._held.here.results)
        self._screen.say(f"  steps that can be read: {', '.join(results) or 'none yet'}", "dim")
        return None

    def _request(self) -> Outcome:
        ended = self._ended()
        found = ended.output if isinstance(ended.output, dict) else {}
        sent = found.get("request")
        body = ended.input.get("body") if isinstance(ended.input, dict) else None
        if isinstance(sent, dict):
            self._screen.value({**sent, **({} if body is None else {"body": body})})
        else:
            self._screen.value(ended.input)
        return None

    def _response(self) -> Outcome:
        output = self._ended().output
        if isinstance(output, dict) and isinstance(output.get("request"), dict):
            kept = {key: value for key, value in output.items() if key not in ("request", "headers_list")}
            if not isinstance(kept.get("body"), str):
                kept.pop("text", None)
            output = kept
        if output is None:
            raise UsageError("nothing was received")
        self._screen.value(output)
        return None

    def _list(self, rest: str) -> Outcome:
        file = self._file()
        if file is None:
            raise UsageError(f"the text of {self._held.here.place.flow.file} cannot be read")
        wanted = line_number(rest)
        if rest and wanted is None:
            raise UsageError(f'"{rest}" is no line: list shows the text around the step, list 40 around line 40')
        line = self._now().line
        numbers = around(file, wanted or line)
        self._screen.lines(source_lines(file, numbers, line, self._breakpoints.marks(file.path.resolve())))
        return None

    def _where(self) -> Outcome:
        sign = "→"
        for one in (self._held.here, *reversed(self._held.around)):
            if not one.step.implied:
                name = Path(one.place.flow.file).name
                self._screen.say(f"{sign} {name}:{one.step.line}  {one.path}  {one.step.action} ({one.step.phase})")
                sign = " "
        return None

    def _reload(self) -> Outcome:
        if not self._run.holding.stands_alone(self._held.here):
            raise UsageError("not reloaded: other branches are under way. `restart` runs the flow as it is now")
        files = self._reread()
        main = files[self._run.file.path.resolve()]
        changed = self._run.ask(lambda: self._run.now.reload(main, self._held.here))
        self._files = files
        self._breakpoints.known(files)
        is_old = changed and self._held.ended is not None
        more = f"; {self._held.here.step.id} has changed too: `retry` runs it as it is now" if is_old else ""
        self._screen.say(f"reloaded: the steps to come are those of the file{more}")
        return None

    def _restart(self) -> Outcome:
        self.wants_restart = True
        return Leave()

    def _quit(self) -> Outcome:
        return Leave()

    def _help(self) -> Outcome:
        self._screen.say("\n".join(help_lines()))
        return None

    def _ended(self) -> StepFinished:
        if self._screen.last is None:
            raise UsageError("no step has run yet")
        return self._screen.last

    def _file(self) -> FlowFile | None:
        return self._files.get(Path(self._held.here.place.flow.file).resolve())

    def _now(self) -> Step:
        return self._run.now.step(self._held.here.step, self._held.here.place)
