import pytest

from testmesh_cli.sources import read_flows
from testmesh_cli.state.record import Record

ORDER = """\
name: Order is paid
tags: [orders]
setup: [{id: login, tags: [slow], action: log, config: {message: hi}}]
steps:
  - {id: create, tags: [smoke], action: log, config: {message: hi}}
  - id: both
    tags: [wide]
    action: parallel
    config:
      branches:
        - name: left
          steps: [{id: charge, tags: [slow], action: log, config: {message: hi}}]
        - name: right
          steps:
            - id: receipt
              action: log
              config: {message: hi}
              on_error: {steps: [{id: mend, tags: [rare], action: log, config: {message: hi}}]}
teardown: [{id: tidy, action: log, config: {message: hi}}]
"""
REFUND = "name: Refund\ntags: [smoke]\nsteps: [{id: pay_back, action: log, config: {message: hi}}]\n"
PLAIN = "name: Plain\nsteps: [{id: create, action: log, config: {message: hi}}]\n"


@pytest.fixture
def found(tmp_path):
    """Flow files as the command finds them."""

    def write(**sources):
        for name, source in (sources or {"order": ORDER, "plain": PLAIN, "refund": REFUND}).items():
            (tmp_path / f"{name}.yaml").write_text(source)
        return read_flows([tmp_path])

    return write


@pytest.fixture
def record(tmp_path):
    return Record(tmp_path / ".testmesh")


@pytest.fixture
def run_steps():
    """What is run of a file: the paths of the steps of `steps` that hold no others and are not left out."""
    from testmesh_cli.selection.parts import chains, path_of

    def told(file):
        left = frozenset() if file.part is None else file.part.out
        return [path_of(chain) for chain in chains(file.checked) if id(chain[-1]) not in left]

    return told
