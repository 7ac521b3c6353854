"""A whole `testmesh debug`: a flow run and held, run anew as often as the person likes, and what it came to."""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.debugging.breakpoints import Breakpoints
from testmesh_cli.debugging.conversation import Conversation
from testmesh_cli.debugging.prompt import Prompt
from testmesh_cli.debugging.run import DebuggedRun
from testmesh_cli.debugging.showing import Screen
from testmesh_cli.debugging.words import Answer, Held, Interrupted, Leave, Over, TerminatedError
from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.reach import reach_of
from testmesh_cli.reporting.faults import fault_lines
from testmesh_cli.reporting.paper import Span, remark_line, standard_error, standard_output
from testmesh_cli.reporting.steps import symbol
from testmesh_cli.reporting.values import one_line, shown_duration
from testmesh_cli.running.interruption import signals
from testmesh_cli.running.result import FlowResult
from testmesh_cli.scratch import end_at_once
from testmesh_cli.sources import FlowFile, read_flow
from testmesh_cli.unread import unread_variables

ENDED_AT_ONCE = "\nended at once: teardowns were not waited for\n"


class FlowInvalidError(CliError):
    """The file is no flow; its faults have been told."""

    code = "flow_invalid"
    exit_code = ExitCode.INVALID

    def __init__(self, file: FlowFile) -> None:
        super().__init__(f"{file.shown} is not valid, so that it cannot be run; nothing was done with it")


@dataclass(frozen=True, slots=True)
class DebugRequest:
    """What the command line asks for."""

    path: Path
    variables: Mapping[str, Any]
    var_names: Sequence[str]
    """Names that were given by `--var`."""
    seed: int
    breakpoints: Sequence[str]
    settings: Callable[[FlowFile], RunSettings]
    """What the configuration gives to the flow."""


class DebugSession:
    """Runs one flow under the person's eyes."""

    def __init__(self, request: DebugRequest) -> None:
        self._request = request
        self._paper = standard_output()
        self._path = request.path.resolve()
        files = self._reread()
        for note in unread_variables([files[self._path]], request.var_names):
            standard_error().write(remark_line(note))
        self._breakpoints = Breakpoints(files, self._path)
        for text in request.breakpoints:
            self._breakpoints.add(text)
        self._run: DebuggedRun | None = None
        self._talk: Conversation | None = None
        self._prompt = Prompt(lambda line: self._talk.words(line) if self._talk is not None else [])

    def run(self) -> ExitCode:
        """Run the flow until it ends without a wish to begin anew."""
        with self._interruptible():
            while True:
                result, again, left = self._run_once()
                if not again:
                    return self._code(result, left)
                self._breakpoints.known(self._reread())

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Have signals end a line that is being typed, or else come as news: an exception would lose some of those."""
        before = {number: signal.signal(number, self._hear) for number in signals()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        is_to_end = number != signal.SIGINT
        if self._prompt.waits or self._run is None:
            raise TerminatedError if is_to_end else KeyboardInterrupt
        self._run.news.put(Interrupted(is_to_end))

    def _run_once(self) -> tuple[FlowResult, bool, bool]:
        file = self._reread()[self._path]
        request = self._request
        settings = request.settings(file)
        for words in [*settings.environment_notes([file.checked]), *settings.remarks([file.checked])]:
            standard_error().write(remark_line(words))
        run = self._run = DebuggedRun(file, request.variables, settings, request.seed, self._breakpoints)
        screen = Screen(self._paper, file)
        talk = self._talk = Conversation(run, self._breakpoints, screen, self._prompt, self._reread)
        header = [Span(one_line(file.shown), "bold"), Span(f"  {one_line(file.checked.name)}")]
        screen.lines([header])
        run.begin()
        try:
            over, left = _Attendance(run, screen, talk, is_terminal=self._prompt.is_terminal).until_over()
        except BaseException:
            # What the person talks to broke down: the run is not left without its teardown.
            run.leave()
            raise
        finally:
            run.join()
        if over.fault is not None:
            raise over.fault
        assert over.result is not None
        self._tell(over.result, screen)
        return over.result, talk.wants_restart, left

    def _reread(self) -> dict[Path, FlowFile]:
        """Return the flow and those that it runs, by their resolved paths.

        Raises:
            FlowInvalidError: the flow is none; its faults have been told.
        """
        file = read_flow(self._request.path)
        if file.flow is None:
            for line in fault_lines(file, self._paper.width):
                self._paper.write(line)
            raise FlowInvalidError(file)
        found = reach_of(file, NamedFlows([file]))
        return {path.resolve(): one.file for path, one in found.items() if one.file is not None}

    def _tell(self, result: FlowResult, screen: Screen) -> None:
        screen.rest()
        took = f" in {shown_duration(result.duration_ms)}"
        by_hand = ", debugged" if result.by_hand else ""
        self._paper.write([Span("  "), symbol(result.status), Span(f"{result.status}{by_hand}{took}", "bold")])
        if result.status != "passed" and result.error_message:
            screen.say(f"    {result.error_code or ''} {result.error_message}", "red")
        for warning in result.warnings:
            screen.say(f"    ! {one_line(warning)}", "yellow")
        if result.status == "passed" and result.by_hand:
            screen.say("    a person had a hand in this run: it proves nothing. `testmesh run` judges the flow")

    @staticmethod
    def _code(result: FlowResult, left: bool) -> ExitCode:
        return ExitCode.INTERRUPTED if left else result.exit_code


class _Attendance:
    """Hears a run's news until it is over; Ctrl-C holds it, or ends it."""

    def __init__(self, run: DebuggedRun, screen: Screen, talk: Conversation, *, is_terminal: bool) -> None:
        self._run = run
        self._screen = screen
        self._talk = talk
        self._is_terminal = is_terminal
        self._left = False

    def until_over(self) -> tuple[Over, bool]:
        """Return how the run ended, and whether the person left it before that."""
        while True:
            news = self._run.news.get()
            if isinstance(news, Over):
                return news, self._left
            if isinstance(news, Interrupted):
                self._interrupted(is_to_end=news.is_to_end or not self._is_terminal)
            elif isinstance(news, Held):
                self._answer(self._talk.about(news))
            else:
                self._screen.tell(news)

    def _answer(self, answer: Answer) -> None:
        if isinstance(answer, Leave):
            self._leave()
        else:
            self._run.answer(answer)

    def _leave(self) -> None:
        self._left = True
        self._run.leave()

    def _interrupted(self, *, is_to_end: bool) -> None:
        if self._left:
            sys.stderr.write(ENDED_AT_ONCE)
            sys.stderr.flush()
            end_at_once(ExitCode.INTERRUPTED)
        if not is_to_end and not self._run.holding.interrupted:
            self._run.holding.interrupted = True
            self._screen.say("\nheld before the next step; once more ends the run with its teardown", "yellow")
            return
        self._screen.say("\nthe run ends, its teardown runs; once more ends at once", "yellow")
        self._leave()
