"""Where a runner keeps artifacts, and how much of them."""

import pytest
from pydantic import ValidationError

from testmesh_engine.artifacts import ArtifactUrlError, BucketStore, FolderStore, S3Access, open_store
from testmesh_engine.executor.keeping import ArtifactLimits
from testmesh_runner.config import RunnerSettings


def store_of(settings):
    return open_store(settings.artifacts_url, settings.artifacts_dir, S3Access(**settings.artifacts_access))


def test_without_an_address_artifacts_are_in_the_shared_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TESTMESH_ARTIFACTS_DIR", str(tmp_path))
    store = store_of(RunnerSettings())

    assert isinstance(store, FolderStore)
    assert store.place == str(tmp_path)


@pytest.mark.parametrize(
    ("url", "kind", "place"),
    [
        ("file:///srv/test%20mesh", FolderStore, "/srv/test mesh"),
        ("file://localhost/srv", FolderStore, "/srv"),
        ("s3://some-bucket", BucketStore, "s3://some-bucket"),
        ("s3://some-bucket/a/b/", BucketStore, "s3://some-bucket/a/b"),
    ],
)
def test_an_address_names_a_folder_or_a_bucket(monkeypatch, url, kind, place):
    monkeypatch.setenv("TESTMESH_ARTIFACTS_URL", url)
    store = store_of(RunnerSettings())

    assert isinstance(store, kind)
    assert store.place == place


@pytest.mark.parametrize(
    "url",
    ["", "/srv", "file://srv/x", "file:srv", "http://bucket/x", "s3:///x", "s3://id:secret@bucket/x", "s3://bucket?x=1",
     "gs://bucket"],
)  # fmt: skip
def test_an_address_of_nothing_is_refused_with_what_may_stand_there(monkeypatch, url):
    monkeypatch.setenv("TESTMESH_ARTIFACTS_URL", url)

    with pytest.raises(ArtifactUrlError, match="s3://BUCKET/PREFIX") as raised:
        store_of(RunnerSettings())
    assert "secret" not in str(raised.value).replace("secret access key", "")


def test_half_of_the_credentials_is_refused(monkeypatch):
    monkeypatch.setenv("TESTMESH_ARTIFACTS_URL", "s3://some-bucket")
    monkeypatch.setenv("TESTMESH_ARTIFACTS_ACCESS_KEY_ID", "id")

    with pytest.raises(ArtifactUrlError, match="the secret access key is missing"):
        store_of(RunnerSettings())


def test_credentials_may_be_in_files_and_a_services_own_come_first(monkeypatch, tmp_path):
    (tmp_path / "shared").write_text("of all\n")
    (tmp_path / "own").write_text("of the runner\n")
    monkeypatch.setenv("TESTMESH_ARTIFACTS_SECRET_ACCESS_KEY_FILE", str(tmp_path / "shared"))
    monkeypatch.setenv("TESTMESH_ARTIFACTS_ACCESS_KEY_ID", "id")
    shared = RunnerSettings()
    monkeypatch.setenv("TESTMESH_RUNNER_ARTIFACTS_SECRET_ACCESS_KEY_FILE", str(tmp_path / "own"))
    own = RunnerSettings()

    assert shared.artifacts_access["secret_access_key"] == "of all"
    assert own.artifacts_access["secret_access_key"] == "of the runner"
    assert own.artifacts_access["access_key_id"] == "id"
    assert "of the runner" not in repr(own)


def test_a_file_of_credentials_that_is_not_there_is_told_with_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("TESTMESH_ARTIFACTS_SESSION_TOKEN_FILE", str(tmp_path / "none"))

    with pytest.raises(ValueError, match=r"TESTMESH_ARTIFACTS_SESSION_TOKEN_FILE: .* cannot be read"):
        RunnerSettings()


def test_limits_are_settings(monkeypatch):
    monkeypatch.setenv("TESTMESH_RUNNER_ARTIFACT_MAX_BYTES", "1")
    monkeypatch.setenv("TESTMESH_RUNNER_EXECUTION_ARTIFACTS_MAX_BYTES", "2")
    monkeypatch.setenv("TESTMESH_RUNNER_EXECUTION_ARTIFACTS_MAX", "3")

    assert RunnerSettings().artifact_limits == ArtifactLimits(1, 2, 3)
    monkeypatch.setenv("TESTMESH_RUNNER_EXECUTION_ARTIFACTS_MAX", "-1")
    with pytest.raises(ValidationError):
        RunnerSettings()
