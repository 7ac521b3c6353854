import pytest

from testmesh_cli.configuration.dotenv import DotenvError, read_dotenv


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A = b c # d", "b c"),
        ("A=", ""),
        ("A=#b", ""),
        ("A=b#c", "b#c"),
        ('A="b # c" # d', "b # c"),
        ("A='b\\n${C}'", "b\\n${C}"),
        ('A="b\nc"', "b\nc"),
        ('A={"b": 1}', '{"b": 1}'),
        ('A="{"b": 1}"', '{"b": 1}'),
        ("A=b=c", "b=c"),
    ],
)
def test_a_line_gives_its_value_and_number(line, value):
    assert read_dotenv(f"\n# x\n{line}\nZ=1\n") == {"A": (value, 3), "Z": ("1", 3 + line.count("\n") + 1)}


@pytest.mark.parametrize("text", ["secret", "A-B=1", "1A=1", "=1", 'A="b', 'A="b\nB="c"\n', "A='b\nC=1"])
def test_what_is_no_line_is_refused_without_its_text(text):
    with pytest.raises(DotenvError, match="line 2") as refusal:
        read_dotenv(f"Z=1\n{text}")
    assert text.split("\n")[0] not in str(refusal.value)
