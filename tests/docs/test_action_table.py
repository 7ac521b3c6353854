from testmesh_engine.actions import BUILT_IN
from tests.docs.action_table import PAGE, PEERS, table
from tests.house.pinning import pins


def test_the_table_of_actions_is_what_the_code_says():
    if pins():
        PAGE.write_text(table(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == table()


def test_each_action_names_the_peer_of_its_tests():
    assert set(PEERS) == {action.name for action in BUILT_IN}
