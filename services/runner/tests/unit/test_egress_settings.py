"""Where executions may connect to whose environment says nothing."""

import pytest
from pydantic import ValidationError

from testmesh_contracts.flows import EgressRules
from testmesh_engine.egress.errors import EgressRefusedError
from testmesh_engine.egress.rules import Egresses
from testmesh_runner.config import RunnerSettings
from testmesh_sdk import OPEN


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "strict"),  # where the api listens is not known
        ({"TESTMESH_API_HOST": "127.0.0.1"}, "local"),
        (
            {
                "TESTMESH_API_HOST": "::1",
                "TESTMESH_REDIS_URL": "redis://[::1]:6379/0",
                "TESTMESH_DATABASE_URL": "postgresql://localhost/t",
            },
            "local",
        ),
        ({"TESTMESH_API_HOST": "127.0.0.1", "TESTMESH_RUNNER_HOST": "0.0.0.0"}, "strict"),
        ({"TESTMESH_API_HOST": "127.0.0.1", "TESTMESH_HOST": ""}, "strict"),
        ({"TESTMESH_API_HOST": "0.0.0.0"}, "strict"),
        ({"TESTMESH_API_HOST": "127.0.0.1", "TESTMESH_REDIS_URL": "redis://valkey:6379/0"}, "strict"),
        ({"TESTMESH_API_HOST": "127.0.0.1", "TESTMESH_DATABASE_URL": "postgresql://u:p@10.0.0.5/t"}, "strict"),
        ({"TESTMESH_EGRESS": "local", "TESTMESH_REDIS_URL": "redis://valkey:6379/0"}, "local"),
        ({"TESTMESH_EGRESS": "strict"}, "strict"),
        ({"TESTMESH_RUNNER_EGRESS": "open", "TESTMESH_EGRESS": "strict"}, "open"),
    ],
)
def test_loopback_and_private_targets_are_allowed_only_where_all_is_on_one_machine(monkeypatch, environment, mode):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert RunnerSettings().egress_mode == mode


def test_lists_are_read_with_commas_between(monkeypatch):
    monkeypatch.setenv("TESTMESH_EGRESS_ALLOW", "10.0.0.0/8, db.internal:5432,")
    monkeypatch.setenv("TESTMESH_EGRESS_NEVER", "10.9.9.9")
    settings = RunnerSettings()

    assert settings.egress_allow == ("10.0.0.0/8", "db.internal:5432")
    assert settings.egress_never == ("10.9.9.9",)


@pytest.mark.parametrize("name", ["TESTMESH_EGRESS_ALLOW", "TESTMESH_EGRESS_NEVER"])
def test_no_runner_starts_with_an_entry_that_is_none(monkeypatch, name):
    monkeypatch.setenv(name, "10.0.0.0/8,127.1")
    with pytest.raises(ValidationError, match=r"'127\.1' cannot be an entry"):
        RunnerSettings()


def test_a_name_bars_nobody_who_writes_its_address_and_is_refused_as_a_bar(monkeypatch):
    monkeypatch.setenv("TESTMESH_EGRESS_NEVER", "10.9.9.9,redis.internal")
    with pytest.raises(ValidationError, match=r"'redis\.internal' is a name"):
        RunnerSettings()


def allows(egress, address):
    try:
        egress.check(address, 80)
    except EgressRefusedError:
        return False
    return True


def test_an_environment_widens_and_narrows_what_the_operator_says_but_for_what_he_never_allows():
    strict = Egresses("strict", ["10.1.0.0/16"], ["10.1.9.9", "127.0.0.1:6379"])

    assert [allows(strict.under(None), each) for each in ("10.1.0.1", "10.2.0.1", "127.0.0.1", "8.8.8.8")] == [
        True, False, False, True,
    ]  # fmt: skip
    wide = strict.under(EgressRules(private=True, loopback=True, public=False, allow=["169.254.169.254", "10.1.9.9"]))
    assert [allows(wide, each) for each in ("10.2.0.1", "127.0.0.1", "8.8.8.8", "169.254.169.254", "10.1.9.9")] == [
        True, True, False, True, False,
    ]  # fmt: skip
    with pytest.raises(EgressRefusedError, match="TESTMESH_EGRESS_NEVER"):
        wide.check("::ffff:127.0.0.1", 6379)
    narrow = Egresses("local").under(EgressRules(loopback=False, private=False))
    assert not allows(narrow, "127.0.0.1")


def test_the_same_rules_are_the_same_egress_so_that_executions_share_connections():
    egresses = Egresses("local")
    rules = EgressRules(allow=["10.0.0.1"])

    assert egresses.under(rules) is egresses.under(rules.model_copy())
    assert egresses.under(None) is egresses.under(EgressRules())
    assert egresses.under(rules) is not egresses.under(None)
    assert Egresses("open").under(rules) is OPEN
