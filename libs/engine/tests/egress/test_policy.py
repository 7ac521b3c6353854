import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_engine.egress.categories import category, judged, parse_address
from testmesh_engine.egress.entries import EgressEntryError, parse_entry
from testmesh_engine.egress.errors import EgressRefusedError
from testmesh_engine.egress.policy import EgressPolicy

V4 = st.ip_addresses(v=4)
ADDRESSES = st.ip_addresses()
PORTS = st.integers(1, 65535)
STRICT = EgressPolicy(public=False)
ALL = EgressPolicy(loopback=True, private=True, public=True)


def allows(policy, address, port=80, *hosts):
    try:
        policy.check(str(address), port, hosts)
    except EgressRefusedError:
        return False
    return True


def within(*allow, **switches):
    return EgressPolicy(**{"public": False} | switches, allow=tuple(map(parse_entry, allow)))


def forms(address):
    """Return all the ways to write an IPv4 address into an IPv6 address."""
    number = int(address)
    return [
        ipaddress.IPv6Address(value)
        for value in (
            0xFFFF << 32 | number,
            0xFFFF << 48 | number,
            0x64FF9B << 96 | number,
            0x64FF9B0001 << 80 | number,
            0x2002 << 112 | number << 80 | 1,
            0x20010000 << 96 | (number ^ 0xFFFFFFFF),
            0x20010DB8 << 96 | 0x5EFE << 32 | number,
        )
    ]


@given(ADDRESSES, PORTS)
def test_a_policy_that_allows_nothing_refuses_every_address(address, port):
    assert not allows(STRICT, address, port)


@given(ADDRESSES, PORTS)
def test_an_address_that_is_named_is_allowed_whatever_it_is(address, port):
    shown = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    ends = [f"[{end}]:{port}" if end.version == 6 else f"{end}:{port}" for end in judged(address)]

    assert allows(within(shown, *ends), address, port)
    assert not allows(within(shown, *ends), address, port % 65535 + 1)


@given(V4)
def test_an_address_is_judged_alike_however_it_is_written_into_another(address):
    for policy in (STRICT, within(str(address)), EgressPolicy(loopback=True), EgressPolicy(private=True), ALL):
        if not allows(policy, address):
            assert [str(form) for form in forms(address) if allows(policy, form)] == []
    mapped, nat64 = forms(address)[0], forms(address)[2]
    assert allows(ALL, mapped) == allows(ALL, nat64) == allows(ALL, address)


@given(ADDRESSES, PORTS)
def test_what_the_operator_never_allows_is_refused_in_every_form(address, port):
    never = tuple(parse_entry(str(end)) for end in judged(address))
    policy = EgressPolicy(loopback=True, private=True, allow=(parse_entry(str(address)),), never=never)

    assert not allows(policy, address, port)


METADATA = [
    "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fd00:ec2::254",
    "100.100.100.200", "168.63.129.16", "169.254.170.2", "fe80::1", "fe80::1%2", "169.254.3.4",
    "64:ff9b:1:a9fe:a9:fe00::", "::169.254.169.254",
]  # fmt: skip


@pytest.mark.parametrize("address", METADATA)
def test_metadata_and_link_local_are_allowed_by_that_very_address_alone(address):
    wide = ("0.0.0.0/0", "::/0", "169.254.0.0/16", "169.254.169.0/24", "fe80::/10", "fd00::/8", "metadata.internal")
    plain = address.partition("%")[0]
    exact = [str(end) for end in judged(parse_address(address))]

    assert not allows(within(*wide, loopback=True, private=True, public=True), address, 80, "metadata.internal")
    assert allows(within(plain, *exact), address)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"), ("127.255.0.9", "loopback"), ("::1", "loopback"), ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"), ("::", "unspecified"), ("10.0.0.1", "private"), ("172.16.0.1", "private"),
        ("172.32.0.1", "public"), ("192.168.9.9", "private"), ("100.64.0.1", "private"), ("100.128.0.1", "public"),
        ("fc00::1", "private"), ("fd12::1", "private"), ("fec0::1", "private"), ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"), ("255.255.255.255", "reserved"), ("240.0.0.1", "reserved"), ("192.0.2.1", "reserved"),
        ("198.18.0.1", "reserved"), ("2001:db8::1", "reserved"), ("8.8.8.8", "public"), ("2606:4700::1", "public"),
        ("64:ff9b:1::1", "private"),
    ],
)  # fmt: skip
def test_each_address_is_of_one_kind(address, kind):
    assert category(ipaddress.ip_address(address)) == kind


@given(ADDRESSES)
def test_each_address_has_a_kind_and_an_end(address):
    assert category(address)
    assert judged(address)


def test_switches_allow_their_kind_alone():
    one_each = {"loopback": "127.0.0.1", "private": "10.1.1.1", "public": "8.8.8.8"}

    for switch in one_each:
        policy = EgressPolicy(**{"public": False} | {switch: True})
        assert [kind for kind, address in one_each.items() if allows(policy, address)] == [switch]
        assert not any(allows(policy, address) for address in ("0.0.0.0", "::", "224.0.0.1", "240.0.0.1"))


def test_a_name_allows_public_and_private_addresses_and_loopback_only_as_localhost():
    policy = within("db.internal", "*.shop.internal:443", "localhost", "*.localhost")

    assert allows(policy, "10.0.0.5", 1, "db.internal")
    assert allows(policy, "8.8.8.8", 1, "db.internal")
    assert not allows(policy, "127.0.0.1", 1, "db.internal")
    assert not allows(policy, "10.0.0.5", 1, "not-db.internal")
    assert not allows(policy, "10.0.0.5", 1)
    assert allows(policy, "10.0.0.5", 443, "a.b.shop.internal")
    assert not allows(policy, "10.0.0.5", 80, "a.shop.internal")
    assert not allows(policy, "10.0.0.5", 443, "shop.internal")
    assert not allows(policy, "10.0.0.5", 443, "evilshop.internal")
    assert allows(policy, "127.0.0.1", 1, "localhost")
    assert allows(policy, "127.0.0.1", 1, "shop.localhost")
    assert not allows(policy, "0.0.0.0", 1, "db.internal")


def test_what_is_no_address_is_refused():
    for text in ("", "localhost", "127.1", "2130706433", "0x7f000001", "127.0.0.1\n", "[::1]"):
        assert not allows(ALL, text)


@pytest.mark.parametrize(
    "text",
    ["10.0.0.5", "10.0.0.5:80", "10.0.0.0/8", "10.0.0.0/8:5432", "fd00::/8", "[fd00::/8]:443", "fd00::1", "[::1]:1",
     "db", "db:5432", "*.internal", "*.a.b:443", "Db.Internal.", "münchen.example", "_srv.example"],
)  # fmt: skip
def test_an_entry_is_an_address_a_network_or_a_name_with_or_without_a_port(text):
    assert parse_entry(text).text == text


@pytest.mark.parametrize(
    "text",
    ["", " ", "10.0.0.5/8", "300.1.1.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "a b", "*", "*.", "a.*.b",
     "http://db", "db:0", "db:65536", "db:http", "db:", "[::1", "[::1]x", "[::1]:", ":80", "a..b", "-a", "a,b",
     "user@db", "db/path", "x" * 301, "a\n", "db:٣"],
)  # fmt: skip
def test_what_is_no_entry_is_refused_with_what_would_be_one(text):
    with pytest.raises(EgressEntryError, match="write an address"):
        parse_entry(text)


@given(st.text(max_size=40))
def test_any_text_is_an_entry_or_refused(text):
    try:
        found = parse_entry(text)
    except EgressEntryError:
        return
    assert (found.network is None) == bool(found.name)


def test_a_refusal_says_what_was_tried_the_rule_and_the_remedy():
    with pytest.raises(EgressRefusedError) as caught:
        EgressPolicy().check("::ffff:10.0.0.5", 5432, ["db.internal"])

    assert caught.value.code == "TM440"
    assert caught.value.message == (
        "connecting to db.internal (::ffff:10.0.0.5), port 5432 is refused: ::ffff:10.0.0.5 leads to 10.0.0.5, "
        "an address of a private network, and the egress policy says private: false and has no entry for it; "
        "if the flow may go there, add 10.0.0.5:5432 to egress.allow of its environment, or set egress.private: true"
    )
