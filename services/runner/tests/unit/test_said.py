import pytest

from testmesh_runner import said as module
from testmesh_runner.said import Said


def _read(said, after=0):
    return list(said.read(after, 1 << 30))


@pytest.mark.parametrize("memory", [0, 25, 1_000_000])
def test_everything_told_can_be_read_again_wherever_it_is_kept(tmp_path, memory):
    said = Said(tmp_path, memory_bytes=memory)
    lines = [b"%03d-" % number + b"x" * (number % 7) for number in range(50)]
    for line in lines:
        said.append(line)

    assert _read(said) == lines
    assert _read(said, after=30) == lines[30:]
    assert said.last == 50
    assert said.bytes_after(48) == len(lines[48]) + len(lines[49])
    assert said.bytes_in_memory <= memory
    said.close()


def test_a_run_that_is_taken_over_begins_at_its_last_seq(tmp_path):
    said = Said(tmp_path, first=9)
    said.append(b"end")

    assert (said.last, _read(said, after=8), _read(said, after=0), said.bytes_after(8)) == (9, [b"end"], [b"end"], 3)


def test_reading_stops_when_there_is_enough(tmp_path):
    said = Said(tmp_path)
    for _ in range(10):
        said.append(b"x" * 10)

    assert len(list(said.read(0, 25))) == 3


def test_a_disk_that_refuses_costs_memory_and_no_event(tmp_path, monkeypatch):
    def refuse(folder):
        raise OSError(28, "no space")

    monkeypatch.setattr(module, "Spool", refuse)
    said = Said(tmp_path, memory_bytes=5)
    lines = [b"aaaa", b"bbbb", b"cccc"]
    for line in lines:
        said.append(line)

    assert _read(said) == lines
