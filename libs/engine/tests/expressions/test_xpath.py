"""XPath 1.0 over XML texts; the usual library in C is the judge of what is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from testmesh_engine.expressions import (
    ExpressionError,
    InvalidArgumentError,
    LimitExceededError,
    NothingFoundError,
    TypeMismatchError,
    compile_expression,
)
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.xpath import compile_xpath, xpath
from testmesh_engine.expressions.xpath.functions import FUNCTIONS

SHOP = (
    '<?xml version="1.0"?><shop xmlns:p="urn:p"><!-- stock --><item id="1" p:kind="x"><price>3.5</price>lamp'
    '</item><item id="2"><price>4</price>desk</item><p:item id="3"/><?go now?><?stop here?><note> a  b </note></shop>'
)
PATHS = [
    "/shop/item/@id",
    "//item",
    "//price/text()",
    "//item[2]/price",
    "//item[last()]/@id",
    "//item[price > 3.7]/@id",
    "//item[@id='1']",
    "//item[@id]/price",
    "//item[not(@id='1')]/@id",
    "//*[@id]",
    "//*[@id > 1]/@id",
    "(//*[@id])[2]",
    "//item[position() < 2]",
    "//item[1]/following-sibling::*",
    "//item[2]/preceding-sibling::item/@id",
    "//price/parent::item/@id",
    "//price/..",
    "//price/ancestor::*",
    "//price/ancestor-or-self::*[2]",
    "//comment()",
    "//processing-instruction()",
    "//processing-instruction('go')",
    "//text()",
    "//node()[5]",
    "//item/descendant::text()",
    "//item/descendant-or-self::node()",
    "//item[1]/following::price",
    "//note/preceding::price",
    "//note/preceding::*[1]",
    "//@id[. > 1]",
    "//item/@*",
    "//item | //note",
    "/shop/*[3]/@id",
    "/",
    "//item[price=3.5 or @id=2]",
    "//item[price and @id=2]",
    "//item[string-length(price) = 3]",
    "//*[local-name()='item']/@id",
    "//*[name()='p:item']",
    "//*[namespace-uri()='urn:p']/@id",
    "/self::node()/shop",
    "//item[count(price) = 1][2]",
    "//item[position() = last()]",
    "//item[contains(., 'lamp')]/@id",
    "//item[starts-with(., '3')]",
    "//item[normalize-space(.) = '4desk']",
    "//item[.//price = 4]/@id",
    "/shop//price",
    ".//item//text()",
    "/./shop/item[2]",
    "//item[@id = //*/@id]",
    "//item[@id != 1]/@id",
    "//item[1 = @id]",
    "//item[price >= 4]/price",
    "/child::shop/child::*[2]",
]
COMPUTED = [
    "count(//item)",
    "sum(//price)",
    "count(//*)",
    "string(//item[1]/@id)",
    "number(//item[2]/price) * 2",
    "1 + 2 * 3",
    "(1 + 2) * 3",
    "10 div 4",
    "5 mod 2",
    "-5 mod 2",
    "5 mod -2",
    "1.5 mod 0.4",
    "- 2 - -3",
    "--3",
    "- - - 3",
    "2 > 1",
    "1 = 1.0",
    "'a' = 'a'",
    "'a' != 'b'",
    "//item/@id = 2",
    "//item/@id != 2",
    "//item/@id > true()",
    "true() < //item/@id",
    "//price > 3.9",
    "3 < //price",
    "//price <= //item/@id",
    "not(//item)",
    "boolean(//nope)",
    "true() and false()",
    "true() or false()",
    "boolean('')",
    "boolean(0)",
    "boolean('0')",
    "concat('a', 1, true())",
    "substring('12345', 2, 3)",
    "substring('12345', 1.5, 2.6)",
    "substring('12345', 0, 3)",
    "substring('12345', -42)",
    "substring('12345', 2)",
    "substring('12345', -5, 2)",
    "substring('12345', 1 div 0)",
    "substring('12345', 1, -1 div 0)",
    "substring('12345', 0 div 0)",
    "substring('12345', 1, 0 div 0)",
    "substring('12345', -1 div 0, 1 div 0)",
    "substring-before('1999/04', '/')",
    "substring-after('1999/04', '/')",
    "substring-after('1999/04', 'x')",
    "string-length('abc')",
    "normalize-space(//note)",
    "translate('--aaa--', 'abc-', 'ABC')",
    "floor(-1.5)",
    "ceiling(-1.5)",
    "round(-1.5)",
    "round(2.5)",
    "round(2.4)",
    "string(1.0)",
    "string(1.5)",
    "string(true())",
    "string(0.1)",
    "string(1 div 0)",
    "string(-1 div 0)",
    "string(0 div 0)",
    "string(5 mod 0)",
    "string(1 div 0 mod 2)",
    "5 mod (1 div 0)",
    "7.5 - 2",
    "contains('abc', '')",
    "starts-with('abc', 'ab')",
    "number('  3 ')",
    "number('3.')",
    "number('.5')",
    "string(123456789)",
    "string(0.00001)",
    "name(//*[@id=3])",
    "local-name(//*[@id=3])",
    "namespace-uri(//*[@id=3])",
    "true() = 'x'",
    "'1' = 1",
    "true() > 0",
    "not(1 = 2)",
    "1 < 2 = true()",
    "count(//item | //item)",
    "count(//item[1] | //note)",
    "string(/shop/item)",
]


def string_value(node):
    if isinstance(node, str):
        return str(node)
    return node.xpath("string()") if isinstance(node.tag, str) else node.text


def judged(text, path):
    found = etree.fromstring(text).getroottree().xpath(path, namespaces={"p": "urn:p"})
    if not isinstance(found, list):
        return found
    texts = [string_value(node) for node in found]
    return texts[0] if len(texts) == 1 else texts


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/"])
def test_a_path_finds_what_the_library_finds(path):
    assert xpath(Frame({}), SHOP, path) == judged(SHOP, path)


@pytest.mark.parametrize("path", COMPUTED)
def test_a_path_computes_what_the_library_computes(path):
    found = xpath(Frame({}), SHOP, path)

    assert found == judged(SHOP, path)
    assert isinstance(found, bool) == isinstance(judged(SHOP, path), bool)


trees = st.recursive(
    st.sampled_from(["x", "7", "<b/>", '<c k="1"/>', '<a k="2">5</a>']),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: f"<a>{''.join(parts)}</a>"),
    max_leaves=12,
)
axes = st.sampled_from(
    ["child", "descendant", "parent", "ancestor", "following", "preceding", "following-sibling", "preceding-sibling",
     "self", "descendant-or-self", "ancestor-or-self"]
)  # fmt: skip
tests = st.sampled_from(
    ["*", "a", "b", "node()", "text()", "*[1]", "*[last()]", "a[@k]", "*[.//b]", "node()[2]", "*[.=7]"]
)
steps = st.lists(st.builds("{}::{}".format, axes, tests), min_size=1, max_size=3).map("/".join)


@given(trees, steps)
def test_any_steps_over_any_tree_find_as_many_nodes_as_the_library(tree, path):
    text = f"<r>{tree}</r>"

    assert xpath(Frame({}), text, f"count(//{path})") == etree.fromstring(text).getroottree().xpath(f"count(//{path})")


@given(st.text("/@[]()*.:|='a1 -+<>,$", max_size=20))
def test_no_text_as_a_path_raises_anything_but_an_explained_error(path):
    try:
        said = xpath(Frame({}), SHOP, path)
    except ExpressionError as error:
        said = error.message

    assert said is not None


@given(st.text("<>&;/a!-[]?='\" ", max_size=30))
def test_no_text_as_a_document_raises_anything_but_an_explained_error(text):
    try:
        said = xpath(Frame({}), text, "count(//*)")
    except ExpressionError as error:
        said = error.message

    assert said is not None


def test_what_stands_inside_an_element_follows_its_attributes():
    assert xpath(Frame({}), SHOP, "//item[1]/@id/following::price") == ["3.5", "4"]


def test_an_unprefixed_name_also_means_the_documents_own_namespace():
    soap = '<e xmlns="urn:e"><f>1</f></e>'

    assert xpath(Frame({}), soap, "/e/f") == "1"
    assert xpath(Frame({}), '<s:e xmlns:s="urn:s"><s:f>2</s:f></s:e>', "//s:f") == "2"
    with pytest.raises(NothingFoundError):
        xpath(Frame({}), '<s:e xmlns:s="urn:s"><s:f>2</s:f></s:e>', "//f")


@pytest.mark.parametrize(
    ("text", "path", "error", "said"),
    [
        (SHOP, "//nope", NothingFoundError, "outermost element is `shop`"),
        (SHOP, "not(//nope = 'x')", NothingFoundError, "a path that finds nothing"),
        (SHOP, "contains(//nope, 'x')", NothingFoundError, "contains() is given"),
        (SHOP, "number(//note)", InvalidArgumentError, "no number"),
        (SHOP, "1 div 0", InvalidArgumentError, "no number"),
        (SHOP, "q:item", InvalidArgumentError, "no namespace prefix `q`; there are: xml, p"),
        (SHOP, "count(1)", InvalidArgumentError, "takes nodes, not a number"),
        (SHOP, "'a'/b", InvalidArgumentError, "takes nodes, not a text"),
        (SHOP, "true()[1]", InvalidArgumentError, "takes nodes, not a truth value"),
        ("<a>", "/a", InvalidArgumentError, "line 1, column 4"),
        ("<!DOCTYPE a><a/>", "/a", InvalidArgumentError, "DOCTYPE"),
        ("<a>" * 250, "/a", LimitExceededError, "200 deep"),
        (5, "/a", TypeMismatchError, "takes a string"),
        ("<a>\ud800</a>", "/a", InvalidArgumentError, "surrogate"),
    ],
)
def test_what_has_no_answer_is_an_explained_error(text, path, error, said):
    with pytest.raises(error) as caught:
        xpath(Frame({}), text, path)

    assert said in caught.value.message


@pytest.mark.parametrize(
    ("path", "said"),
    [("", "the path ends"), ("//", "`*`"), ("item[", "the path ends"), ("item]", "there is `]`"),
     ("nope::a", "no axis"), ("@@a", "there is `@`"),
     ("id('a')", "no function `id`"), ("count()", "takes 1 to 1 arguments"), ("count(a, b)", "takes 1 to 1"),
     ("a b", "there is `b`"), ("$x", "`$`"), ("1 +", "the path ends"), ("(1", "`)` is missing"),
     ("1 =   = 2", "is expected at character 7; there is `=`"),
     ("(" * 31 + "1" + ")" * 31, "30 deep"), ("a" * 1001, "1000 characters"), ("child::", "the path ends")],
)  # fmt: skip
def test_what_is_no_path_is_refused_with_its_place(path, said):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the words are looked at below
        compile_xpath(path)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    "path",
    ["//*[count(//*[count(//*) > 0]) > 0]", "//*[contains(/, 'x')]", "//b[following::b[following::b]]", "//*//*//*//*"],
)
def test_every_node_met_is_paid_for(path):
    scope = {"x": "<r>" + "<a><b>xy</b></a>" * 2_000 + "</r>", "path": path}

    assert compile_expression("xpath(x, path)").check(scope).code == ("TM404" if path != "//*//*//*//*" else "TM407")


@pytest.mark.parametrize(
    ("name", "count"),
    [(name, count) for name, function in FUNCTIONS.items() for count in (function.least - 1, function.most + 1)
     if count >= 0],
)  # fmt: skip
def test_a_function_takes_no_fewer_and_no_more_arguments_than_it_knows(name, count):
    with pytest.raises(ValueError, match="arguments"):
        compile_xpath(f"{name}({', '.join(['1'] * count)})")


TAKES = {
    (0, 0): "last position true false",
    (0, 1): "local-name name namespace-uri normalize-space number string string-length",
    (1, 1): "boolean ceiling count floor not round sum",
    (2, 2): "contains starts-with substring-after substring-before",
    (2, 3): "substring",
    (2, 100): "concat",
    (3, 3): "translate",
}


def test_the_core_library_takes_what_xpath_says():
    takes = {name: bounds for bounds, names in TAKES.items() for name in names.split()}

    assert {name: (function.least, function.most) for name, function in FUNCTIONS.items()} == takes


@pytest.mark.parametrize("part", ["<a/>", "<a b='1' c='2' d='3'/>", "<!--c-->", "<?a b?>"])
def test_every_node_of_a_document_is_paid_for(part):
    with pytest.raises(LimitExceededError):
        xpath(Frame({}, steps=200), f"<r>{part * 201}</r>", "1")


def test_a_text_of_many_is_not_made_longer_than_the_limit():
    path = f"string-length(concat({', '.join(['/'] * 70)}))"

    with pytest.raises(LimitExceededError, match="more than the 4000000 allowed"):
        xpath(Frame({}), f"<r>{'x' * 64_000}</r>", path)


@pytest.mark.parametrize(
    "path", ["contains(string(/), 'zz')", "translate(string(/), 'x', 'y')", "concat(/, /)", "normalize-space(/)",
             "starts-with(/, 'x')", "substring-before(/, 'zz')", "string-length(/)", "/ = 'x'"]
)  # fmt: skip
def test_every_text_is_paid_for(path):
    document = f"<r>{'x' * 64_000}</r>"
    frame = Frame({}, steps=64_000 // 64 + 100)

    with pytest.raises(LimitExceededError):
        xpath(frame, document, path)
