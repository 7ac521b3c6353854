"""Where a run comes from, as CI systems say it."""

import pytest

from testmesh_cli.uploading.origin import labels_of, trigger_of

COMMIT = {"BUILD_SOURCEVERSION": "9f2c1e7"}


@pytest.mark.parametrize(
    "says", [{"CI": "true"}, {"CI": "1"}, {"TF_BUILD": "True"}, {"JENKINS_URL": "https://ci.example"}]
)
def test_a_run_in_ci_is_one_of_ci_with_its_labels(says):
    assert trigger_of(says) == "ci"
    assert labels_of({**says, **COMMIT}) == {"commit": "9f2c1e7"}


@pytest.mark.parametrize("says", [{}, {"CI": ""}, {"CI": "false"}, {"CI": "0"}, {"CI": "False"}, {"TF_BUILD": "no"}])
def test_what_says_no_is_no_ci(says):
    assert trigger_of(says) == "manual"
    assert labels_of({**says, **COMMIT}) == {}
