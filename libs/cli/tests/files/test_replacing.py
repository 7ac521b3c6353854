"""A file that is replaced is there whole, before and after, and nothing else is."""

import os
import stat

import pytest

from testmesh_cli.replacing import replace_file


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_and_its_folder_are_made_and_what_was_there_is_replaced(tmp_path):
    path = tmp_path / "a" / ("ü" * 120)

    replace_file(path, b"old")
    replace_file(path, b"new", durable=True)

    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_permissions_stay_but_what_is_private_is_its_owners_alone(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o664)

    replace_file(path, b"new")
    assert mode(path) == 0o664
    replace_file(path, b"secret", private=True)
    assert mode(path) == 0o600


def test_where_a_file_cannot_be_replaced_it_is_as_it_was_and_nothing_is_left_over(tmp_path):
    (tmp_path / "x").mkdir()

    with pytest.raises(OSError, match=os.strerror(21)):
        replace_file(tmp_path / "x", b"new")

    assert [found.name for found in tmp_path.rglob("*")] == ["x"]
