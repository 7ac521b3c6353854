"""Where a run comes from, as far as a CI system says it: branch, commit, pull request, address of the run."""

from collections.abc import Mapping
from typing import Literal

LONGEST = 1000
_NAMED = {
    "branch": (
        "GITHUB_HEAD_REF",
        "GITHUB_REF_NAME",
        "CI_COMMIT_REF_NAME",
        "BITBUCKET_BRANCH",
        "BUILDKITE_BRANCH",
        "CIRCLE_BRANCH",
        "DRONE_BRANCH",
        "BUILD_SOURCEBRANCHNAME",
        "GIT_BRANCH",
    ),
    "commit": (
        "GITHUB_SHA",
        "CI_COMMIT_SHA",
        "BITBUCKET_COMMIT",
        "BUILDKITE_COMMIT",
        "CIRCLE_SHA1",
        "DRONE_COMMIT_SHA",
        "BUILD_SOURCEVERSION",
        "GIT_COMMIT",
    ),
    "pull_request": (
        "CI_MERGE_REQUEST_IID",
        "BITBUCKET_PR_ID",
        "CHANGE_ID",
        "CIRCLE_PULL_REQUEST",
        "DRONE_PULL_REQUEST",
        "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",
    ),
    "run_link": ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "DRONE_BUILD_LINK", "BUILD_URL"),
}
"""The first of these variables that says something gives the label."""
_SYSTEMS = ("CI", "TF_BUILD", "JENKINS_URL", "GITHUB_ACTIONS")
_NO = ("", "0", "false", "no")


def is_ci(environment: Mapping[str, str]) -> bool:
    """Say whether a CI system runs this, as it says itself; `CI=false` is a no."""
    return any(environment.get(name, "").strip().lower() not in _NO for name in _SYSTEMS)


def labels_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that the CI system gives; none in a terminal."""
    if not is_ci(environment):
        return {}
    found = {
        label: value[:LONGEST]
        for label, names in _NAMED.items()
        if (value := next((environment[name] for name in names if environment.get(name)), None))
    }
    return found | _of_github(environment)


def trigger_of(environment: Mapping[str, str]) -> Literal["ci", "manual"]:
    return "ci" if is_ci(environment) else "manual"


def _of_github(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what GitHub says in parts: `refs/pull/7/merge`, and the address of the run."""
    found: dict[str, str] = {}
    kind, _, rest = environment.get("GITHUB_REF", "").removeprefix("refs/").partition("/")
    if kind == "pull":
        found["pull_request"] = rest.partition("/")[0]
    parts = [environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    if all(parts):
        found["run_link"] = "{}/{}/actions/runs/{}".format(*parts)[:LONGEST]
    return found
