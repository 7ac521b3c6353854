import sys
from urllib.parse import urlsplit

import pytest

from testmesh_cli.local import topology
from testmesh_cli.local.topology import Site

OWNER = "postgresql://testmesh:secret@127.0.0.1:5555/testmesh"


@pytest.fixture
def site(tmp_path):
    environment = {"PATH": "/bin", "TESTMESH_DATABASE_URL": OWNER, "TESTMESH_RUNNER_SLOTS": "7"}
    return Site(tmp_path, OWNER, "redis://:pw@127.0.0.1:6666/0", 8080, runners=3, environment=environment)


def test_storage_scheduler_runners_and_api_start_in_this_order(site):
    names = [spec.name for spec in topology.services(site)]
    assert names == ["storage", "scheduler", "runner-1", "runner-2", "runner-3", "api"]


def test_each_process_has_a_health_port_of_its_own(site):
    urls = [spec.health_url for spec in topology.services(site)]
    assert len(set(urls)) == 6
    assert urls[-1] == "http://127.0.0.1:8080/health/ready"
    runner = topology.services(site)[2]
    assert runner.health_url == f"http://127.0.0.1:{runner.env['TESTMESH_RUNNER_HEALTH_PORT']}/health/ready"


def test_a_service_knows_its_own_database_role_and_no_other(site):
    for spec in topology.services(site):
        known = {name: url for name, url in spec.env.items() if name.endswith("DATABASE_URL")}
        assert list(known) == [f"TESTMESH_{spec.service.upper()}_DATABASE_URL"]
        url = urlsplit(next(iter(known.values())))
        assert (url.username, url.hostname, url.port, url.path) == (
            *(f"testmesh_{spec.service}", "127.0.0.1", 5555, "/testmesh"),
        )
        assert "secret" not in str(spec.env)


def test_passwords_of_roles_differ_and_stay(site):
    first = {spec.service: topology.service_database_url(site, spec.service) for spec in topology.services(site)}
    again = {spec.service: topology.service_database_url(site, spec.service) for spec in topology.services(site)}
    assert first == again
    assert len({urlsplit(url).password for url in first.values()}) == 4


def test_a_migration_knows_the_owner_and_the_role_that_it_makes(site):
    for spec in topology.migrations(site):
        assert spec.argv == (sys.executable, "-m", f"testmesh_{spec.service}.main", "migrate")
        assert spec.env["TESTMESH_MIGRATION_DATABASE_URL"] == OWNER
        own = spec.env[f"TESTMESH_{spec.service.upper()}_DATABASE_URL"]
        assert own == topology.service_database_url(site, spec.service)


def test_settings_of_the_environment_reach_the_services(site):
    for spec in topology.services(site):
        assert spec.env["TESTMESH_RUNNER_SLOTS"] == "7"
        assert spec.env["TESTMESH_REDIS_URL"] == site.redis_url
        assert spec.env["TESTMESH_ARTIFACTS_DIR"] == str(site.data / "artifacts")
        assert spec.env["TESTMESH_LOG_FORMAT"] == "json"
        assert spec.env["TESTMESH_SHUTDOWN_GRACE_S"] == "10"


def test_the_api_listens_on_the_loopback_alone(site):
    api = topology.services(site)[-1]
    assert (api.env["TESTMESH_API_HOST"], api.env["TESTMESH_API_PORT"]) == ("127.0.0.1", "8080")
