"""Calls over TLS, with what the flow gives: a CA, a client's certificate, another name."""

import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
def pem(certificates):
    return lambda name: (certificates / name).read_text()


async def test_a_server_is_trusted_by_the_ca_that_the_step_names(answer, peer, pem):
    found = await answer("probe.Probe", "Caller", address=peer["tls"], tls={"ca": pem("ca.pem")})

    assert found["status"] == "OK"
    assert found["response"]["authority"] == peer["tls"]


async def test_a_ca_may_be_a_file_where_files_are_allowed(answer, fault_of, peer, certificates):
    tls = {"ca": str(certificates / "ca.pem")}

    assert (await answer("probe.Probe", "Caller", address=peer["tls"], tls=tls))["status"] == "OK"
    code, message = await fault_of("probe.Probe", "Caller", address=peer["tls"], tls=tls, local_files=False)
    assert code == "TM533"
    assert "TESTMESH_RUNNER_LOCAL_FILES" in message


@pytest.mark.parametrize("path", ["missing.pem", "ca.csr"])
async def test_a_file_that_is_no_certificate_is_told(fault_of, peer, tmp_path, path):
    (tmp_path / "ca.csr").write_text("nonsense")
    code, message = await fault_of("probe.Probe", "Caller", address=peer["tls"], tls={"ca": str(tmp_path / path)})

    assert code == "TM533"
    assert path in message


async def test_a_pem_that_holds_nothing_to_trust_is_told(fault_of, peer):
    nonsense = "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n"
    code, message = await fault_of("probe.Probe", "Caller", address=peer["tls"], tls={"ca": nonsense})

    assert code == "TM533", message


async def test_a_server_that_nobody_vouches_for_is_refused(fault_of, peer):
    code, message = await fault_of("probe.Probe", "Caller", address=peer["tls"], tls=True)

    assert code == "TM533"
    assert "TLS failed" in message


async def test_the_name_of_the_certificate_is_checked(answer, fault_of, peer, pem):
    ca = pem("ca.pem")
    code, message = await fault_of("probe.Probe", "Caller", address=peer["tls"], tls={"ca": ca, "server_name": "other"})
    assert code == "TM533", message

    found = await answer("probe.Probe", "Caller", address=peer["tls"], tls={"ca": ca, "server_name": "shop.internal"})
    assert found["status"] == "OK"


async def test_a_client_shows_its_certificate(answer, fault_of, peer, pem):
    tls = {"ca": pem("ca.pem"), "client_cert": pem("client.pem"), "client_key": pem("client.key")}

    found = await answer("probe.Probe", "Caller", address=peer["mutual"], tls=tls)
    assert found["response"]["certificate"] == "client.internal"

    code, message = await fault_of("probe.Probe", "Caller", address=peer["mutual"], tls={"ca": pem("ca.pem")})
    assert code in ("TM532", "TM533", "TM534"), message
    assert "client_cert" in message or "certificate" in message.lower()


async def test_tls_to_a_server_without_it_is_told(fault_of, peer):
    code, message = await fault_of("probe.Probe", "Caller", tls=True)

    assert code == "TM533"
    assert "speaks no TLS" in message


async def test_no_tls_to_a_server_with_it_is_told(fault_of, peer):
    code, message = await fault_of("probe.Probe", "Caller", address=peer["tls"])

    assert code in ("TM532", "TM534")
    assert "tls: true" in message


async def test_the_key_is_in_no_record(call, peer, pem):
    tls = {"ca": pem("ca.pem"), "client_cert": pem("client.pem"), "client_key": pem("client.key")}

    played = await call("probe.Probe", "Caller", address=peer["mutual"], tls=tls)

    assert played.input["tls"]["client_key"] == "***"
