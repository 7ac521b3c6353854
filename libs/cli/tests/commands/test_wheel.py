"""What is installed from an index can do what a clone can: the shop and the templates are packed with the command."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from testmesh_cli.projects.parts import FOLDER
from testmesh_cli.topics import topics

pytestmark = pytest.mark.integration

MEMBER = Path(__file__).parents[2]


@pytest.fixture
def wheel(tmp_path):
    def build(version):
        (built,) = WheelBuilder(str(MEMBER)).build(directory=str(tmp_path / version), versions=[version])
        return zipfile.ZipFile(built)

    return build


def test_the_shop_is_served_from_what_is_installed(wheel, tmp_path):
    with wheel("standard") as packed:
        packed.extractall(tmp_path / "site")
    site = str(tmp_path / "site")
    program = f"import sys; sys.path.insert(0, {site!r}); from testmesh_cli.main import main; sys.exit(main())"
    shop = subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--port", "0"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with shop:
        folder = Path(f"/proc/{shop.pid}/cwd")
        said = shop.stdout.readline()
        served_from = folder.readlink() if folder.exists() else tmp_path / "site/testmesh_cli/demo"
        shop.terminate()

    assert said.startswith("shop: http://127.0.0.1:")
    assert served_from == tmp_path / "site/testmesh_cli/demo"


def test_every_file_of_the_templates_is_packed(wheel):
    with wheel("standard") as packed:
        names = packed.namelist()

    wanted = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()]
    assert len(wanted) >= 8
    assert [name for name in wanted if f"testmesh_cli/projects/parts/{name}" not in names] == []


def test_every_page_that_explain_prints_is_packed(wheel):
    with wheel("standard") as packed:
        names = packed.namelist()

    wanted = [f"testmesh_cli/pages/{page.parent.name}/{page.name}" for page in topics().values()]
    assert [name for name in wanted if name not in names] == []


def test_an_editable_install_leaves_the_shop_where_it_is(wheel):
    with wheel("editable") as packed:
        assert [name for name in packed.namelist() if "demo/" in name or "pages/" in name] == []
