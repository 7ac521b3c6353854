from testmesh_engine.actions.browser import BrowserAction
from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.browser.settings import CHROMIUM_VARIABLE, SLOTS_VARIABLE, BrowserSettings
from testmesh_runner.config import RunnerSettings


def test_the_variables_that_messages_name_are_those_that_are_read(monkeypatch):
    monkeypatch.setenv(CHROMIUM_VARIABLE, "/opt/chromium")
    monkeypatch.setenv(SLOTS_VARIABLE, "7")
    settings = RunnerSettings()

    assert (settings.chromium, settings.browser_slots) == ("/opt/chromium", 7)


def test_two_executions_use_a_browser_at_once_where_nothing_is_said():
    assert RunnerSettings().browser_slots == 2


def test_an_action_with_settings_takes_the_place_of_the_one_without():
    registry, settled = ActionRegistry([BrowserAction]), BrowserAction(BrowserSettings(slots=3))
    registry.settle(settled)

    assert registry.get("browser") is settled
