"""Proto files: read as protoc reads them, found with what they import, told with the line of a fault."""

import subprocess
import sys
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf import descriptor_pb2 as pb

from testmesh_engine.grpc.proto_imports import imports_of, places_of, with_imports
from testmesh_engine.grpc.proto_parser import parse_proto
from testmesh_engine.grpc.schema import pooled, schema_of_files
from testmesh_sdk import ActionError

BUNDLED = Path(grpc_tools.__file__).parent / "_proto"
HOUSE = Path(__file__).parents[4]
SAMPLES = Path(__file__).parent / "samples"
FOLDERS = (BUNDLED, SAMPLES, HOUSE / "examples" / "grpc" / "protos", HOUSE / "tests" / "house" / "protos")
NAMES = sorted(str(path.relative_to(folder)) for folder in FOLDERS for path in folder.rglob("*.proto"))


@pytest.fixture(scope="module")
def by_protoc(tmp_path_factory):
    """What the real protoc makes of all of them, in a process of its own: it leaves its marks on one."""
    out = tmp_path_factory.mktemp("protoc") / "all"
    command = [sys.executable, "-m", "grpc_tools.protoc", *(f"-I{folder}" for folder in FOLDERS)]
    command += ["--include_imports", f"--descriptor_set_out={out}", *NAMES]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return {file.name: file for file in pb.FileDescriptorSet.FromString(out.read_bytes()).file}


@pytest.fixture(scope="module")
def by_us():
    found = {name: next(folder / name for folder in FOLDERS if (folder / name).exists()) for name in NAMES}
    return {name: parse_proto(name, path.read_text()) for name, path in found.items()}


def essence(file):
    """Return what a file declares, without what says nothing of messages: custom options, reserved names."""
    found = pb.FileDescriptorProto()
    file.CopyToProto(found)
    _strip(found)
    return found


def _strip(message):
    for field, value in message.ListFields():
        if field.name in ("reserved_range", "reserved_name", "public_dependency", "weak_dependency"):
            message.ClearField(field.name)
        elif field.name == "options":
            _strip_options(value)
            if not value.ByteSize():
                message.ClearField("options")
        elif field.name == "extension_range":
            for each in value:
                each.ClearField("options")
        elif field.message_type is not None:
            for each in value if field.is_repeated else [value]:
                _strip(each)


def _strip_options(options):
    options.DiscardUnknownFields()
    for field, _ in options.ListFields():
        if field.is_extension or field.is_repeated or field.name == "feature_support":
            options.ClearField(field.name)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_means_what_protoc_says_it_means(by_protoc, by_us, name):
    expected = essence(pooled(by_protoc, lambda _: None).FindFileByName(name))
    found = essence(pooled(by_us, lambda _: None).FindFileByName(name))

    assert str(found) == str(expected)


FAULTS = {
    "message {": '1:9: a name belongs here, and not "{"',
    "message M { string }": '1:20: a name belongs here, and not "}"',
    "message M { string a; }": '1:21: "=" belongs here, and not ";"',
    "message M { string a = 0; }": "1:24: a field's number is 1 to 536870911, not 0",
    "message M { string a = x; }": '1:24: a number belongs here, and not "x"',
    "message M {\n  string a = 1\n}": '3:1: ";" belongs here, and not "}"',
    "message M { string a = 1;": "1:26: a field, or } belongs here, and not the end of the file",
    "massage M {}": "1:1: message, enum, service, import, package, option or extend belongs here",
    'syntax = "proto4";': '1:10: the syntax "proto4" is neither proto2 nor proto3',
    'edition = "1066";': '1:11: the edition "1066" is not known here',
    "service S { rpc A(M) M; }": '"returns" behind what the method takes belongs here',
    "service S { get A; }": "1:13: rpc, option or } belongs here",
    "message M { map<double, M> a = 1; }": "1:17: a map's key",
    "option a = ;": "1:12: a value belongs here",
    "option a = { b: 1 ;": "belongs here, and not the end of the file",
    "message M { reserved 1": "belongs here, and not the end of the file",
    "message § {}": "1:9: '§' begins no word of a proto file",
    'import "a': "1:8: '\"' begins no word of a proto file",
    "message A {" * 70: "messages are nested too deep",
    "message M { Nowhere a = 1; }": "Nowhere",
    "message M { string a = 1; string a = 2; }": "duplicate",
    "message M { string a = 1; string b = 1; }": "duplicate",
}


@pytest.mark.parametrize("source", FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_told_with_its_place(source):
    with pytest.raises(ActionError) as raised:
        schema_of_files({"a.proto": f"{source}".encode()}, ["a.proto"])

    assert raised.value.code == "TM531"
    assert FAULTS[source] in raised.value.message
    assert "a.proto" in raised.value.message


def test_a_file_that_is_no_text_is_told():
    with pytest.raises(ActionError, match="cannot be read"):
        schema_of_files({"a.proto": b"\xff\xfe\x00"}, ["a.proto"])


def test_an_import_that_is_missed_is_named():
    source = b'syntax = "proto3"; import "shop/money.proto"; message M { shop.Money a = 1; }'

    with pytest.raises(ActionError, match=r"not found beside the flow: shop/money\.proto"):
        schema_of_files({"a.proto": source}, ["a.proto"])


def test_an_import_that_only_had_options_is_not_missed():
    source = b"""
        syntax = "proto3";
        import "google/api/annotations.proto";
        message M { string a = 1 [(validate.rules).string = {min_len: 1, in: ["a", "b"]}, deprecated = true]; }
        service S {
          rpc Call(M) returns (M) { option (google.api.http) = { post: "/v1/a" body: "*" more <get: "/"> }; }
        }
    """

    assert schema_of_files({"a.proto": source}, ["a.proto"]).services == ("S",)


def test_files_that_import_each_other_are_refused():
    files = {"a.proto": b'import "b.proto";', "b.proto": b'import "a.proto";'}

    with pytest.raises(ActionError, match="imports itself"):
        schema_of_files(files, ["a.proto"])


@pytest.mark.parametrize(
    ("name", "importer", "listed", "places"),
    [
        ("b.proto", "a.proto", [], ["b.proto"]),
        (
            "shop/b.proto",
            "protos/shop/a.proto",
            [],
            ["protos/shop/shop/b.proto", "protos/shop/b.proto", "shop/b.proto"],
        ),
        ("b.proto", "../protos/a.proto", [], ["../protos/b.proto", "../b.proto"]),
        ("t/b.proto", "a.proto", ["third/t/b.proto", "xt/b.proto"], ["t/b.proto", "third/t/b.proto"]),
    ],
)
def test_an_import_is_looked_for_beside_above_and_among_the_named(name, importer, listed, places):
    assert list(places_of(name, importer, listed)) == places


def test_imports_are_found_through_imports():
    there = {
        "p/a.proto": b'import "shop/b.proto"; import public "google/protobuf/any.proto";',
        "p/shop/b.proto": b'import weak "c.proto"; // import "no.proto"\n/* import "never.proto"; */',
        "p/c.proto": b'import "p/a.proto"; import "nowhere.proto";',
    }

    assert with_imports(["p/a.proto"], there.get) == there


@pytest.mark.parametrize("name", ["../secret.proto", "/etc/a.proto", "a/../../b.proto", "id_rsa"])
def test_an_import_leads_to_no_file_but_of_protos_below(name):
    assert imports_of("a.proto", f'import "{name}"; import "b.proto";'.encode()) == ["b.proto"]
