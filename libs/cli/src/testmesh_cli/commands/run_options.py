"""The options of `testmesh run`, and which of them mean nothing together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import click

F = TypeVar("F", bound=Callable[..., None])

OPTIONS = (
    click.option("-t", "--tags", metavar="EXPR", help="Flows and steps by tags: 'smoke and not slow'."),
    click.option("-k", "words", metavar="EXPR", help="Flows by words in name or file: 'order and not refund'."),
    click.option(
        "--step", "steps", multiple=True, metavar="ID", help="Only this step, with setup and teardown; repeatable."
    ),
    click.option(
        "--last-failed", is_flag=True, help="Flows that did not pass when last run; all where there are none."
    ),
    click.option("--shard", metavar="I/N", help="The I-th of N parts of about equal duration."),
    click.option(
        "--durations",
        type=click.Path(path_type=Path),
        help="Where durations are recorded, and what shards are balanced by.",
    ),
    click.option("--order", type=click.Choice(["given", "random"]), default="given", help="Default: given."),
    click.option("--repeat", type=click.IntRange(1, 10_000), default=1, metavar="N", help="Run each flow N times."),
    click.option("--dry-run", is_flag=True, help="Check all, say what would be run, run nothing."),
    click.option("--var", "pairs", multiple=True, metavar="K=V", help="A variable, above the flow's env; repeatable."),
    click.option("--var-file", type=click.Path(path_type=Path), help="KEY=VALUE lines, or JSON."),
    click.option("--seed", type=click.IntRange(min=0), help="Makes random values, and a random order, the same again."),
    click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Flows at once; default: the cores."),
    click.option("--fail-fast", is_flag=True, help="Stop at the first flow that does not pass."),
    click.option(
        "--timeout",
        metavar="DURATION",
        help="Time for all flows together, such as 10m; teardowns still run. TESTMESH_TIMEOUT is that of one flow.",
    ),
    click.option(
        "--artifacts", type=click.Path(path_type=Path, file_okay=False), help="Keep what steps attach in this folder."
    ),
    click.option("--remote", is_flag=True, help="Run on the TestMesh server."),
    click.option("--follow", is_flag=True, help="Also show what steps log; with --remote."),
    click.option("--detach", is_flag=True, help="Start, print the ids, and leave; with --remote."),
    click.option("-e", "--environment", help="Gives variables; with --remote, the server too."),
    click.option("--upload", is_flag=True, help="Bring the results to the TestMesh server; local runs."),
    click.option("--url", help="The server's address; with --remote or --upload."),
    click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="KIND=FILE",
        help="Write junit=F, html=F, json=F, allure=DIR or github at the end; repeatable.",
    ),
    click.option(
        "--junit-granularity",
        "granularity",
        type=click.Choice(["flow", "step"]),
        help="One test case a flow (default), or one a step.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Show only what did not pass, and the summary."),
    click.option("-o", "--output", type=click.Choice(["json", "ndjson"]), help="Results as JSON on stdout."),
)


def run_options(command: F) -> F:
    """Give a command the options, in the order of its help."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


class RunArguments(NamedTuple):
    """What the command line gives; the names are those of the options."""

    paths: tuple[Path, ...]
    tags: str | None
    words: str | None
    steps: tuple[str, ...]
    last_failed: bool
    shard: str | None
    durations: Path | None
    order: str
    repeat: int
    dry_run: bool
    pairs: tuple[str, ...]
    var_file: Path | None
    seed: int | None
    jobs: int | None
    fail_fast: bool
    timeout: str | None
    artifacts: Path | None
    remote: bool
    follow: bool
    detach: bool
    environment: str | None
    upload: bool
    url: str | None
    reports: tuple[str, ...]
    granularity: Literal["flow", "step"] | None
    quiet: bool
    output: str | None

    def settings(self) -> dict[str, Any]:
        """Return what the command line says of settings that files and the environment may say as well."""
        return {"url": self.url, "defaults.environment": self.environment, "defaults.jobs": self.jobs}

    def refuse_what_means_nothing(self) -> None:
        """Refuse options that would be passed over.

        Raises:
            click.UsageError: there is one.
        """
        if self.remote:
            self._refuse_here_alone()
        else:
            self._refuse_on_a_server_alone()
        if self.follow and self.detach:
            raise click.UsageError("--follow waits for the end and --detach does not: give one of them.")
        for option, given in (("--fail-fast", self.fail_fast), ("--timeout", self.timeout is not None)):
            if self.detach and given:
                raise click.UsageError(f"{option} needs results, and --detach waits for none: give one of them.")
        if self.reports and self.detach:
            raise click.UsageError("--report needs results, and --detach waits for none: give one of them.")
        if self.granularity is not None and not any(report.startswith("junit=") for report in self.reports):
            raise click.UsageError("--junit-granularity is for --report junit=FILE: add it.")
        if self.shard is not None and self.last_failed:
            raise click.UsageError(
                "--last-failed is what this machine knows, and shards must all choose among the same flows: "
                "give one of them."
            )

    def _refuse_here_alone(self) -> None:
        if self.upload:
            raise click.UsageError("--upload is for local runs: what a server runs is there already; give one of them.")
        if self.seed is not None and self.order != "random":
            raise click.UsageError("--seed is for local runs; a server chooses its own.")
        if self.steps:
            raise click.UsageError("--step is for local runs; a server runs whole flows.")
        if self.artifacts is not None:
            raise click.UsageError("--artifacts is for local runs; a server keeps what steps attach itself.")

    def _refuse_on_a_server_alone(self) -> None:
        for option, given in (("--follow", self.follow), ("--detach", self.detach)):
            if given:
                raise click.UsageError(f"{option} is for flows that a server runs: add --remote.")
        if self.url is not None and not self.upload:
            raise click.UsageError("--url names a server: add --remote or --upload.")
