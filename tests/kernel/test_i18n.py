"""Texts: both languages say the same, nothing is missing in silence, and the header picks a language."""

import pytest
from fluent.runtime import FluentResource
from fluent.syntax import ast, visitor

from highstreet.kernel import i18n
from highstreet.kernel.i18n import LOCALES, has_text, negotiate, refusal_texts, text


@pytest.fixture
def catalog(monkeypatch, tmp_path):
    """Writes an English catalog of the given files and has them read instead of ours."""

    def write(**files):
        for name, content in files.items():
            path = tmp_path / "locale" / "en" / f"{name}.ftl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    monkeypatch.setattr(i18n, "files", lambda package: tmp_path)
    i18n._bundle.cache_clear()
    yield write
    i18n._bundle.cache_clear()


class Arguments(visitor.Visitor):
    """What a text shows. A number that only chooses the plural is none of it: Chinese has one form."""

    def __init__(self):
        self.names = set()

    def visit_SelectExpression(self, node):
        for variant in node.variants:
            self.visit(variant)

    def visit_VariableReference(self, node):
        self.names.add(node.id.name)


def shape_of(locale):
    """Every text of a locale: its key, its attributes and the arguments it takes."""
    shape = {}
    for entry in i18n.files("highstreet").joinpath("locale", locale).iterdir():
        if entry.name.endswith(".ftl"):
            for item in FluentResource(entry.read_text(encoding="utf-8")).body:
                if isinstance(item, ast.Message):
                    arguments = Arguments()
                    arguments.visit(item)
                    shape[item.id.name] = ({a.id.name for a in item.attributes}, arguments.names)
    return shape


def test_locales_say_the_same_things():
    assert LOCALES == ("en", "zh")
    assert shape_of("en") == shape_of("zh")


def test_refusal_texts():
    assert refusal_texts("en", "id.malformed", {"expected": "sal"}) == (
        "The id is malformed",
        "An id starting with sal_ was expected.",
    )
    assert refusal_texts("zh", "id.malformed", {"expected": "sal"}) == (
        "编号格式有误",
        "应为以 sal_ 开头的编号。",
    )


def test_missing_is_never_silent():
    assert has_text("en", "id-malformed")
    assert has_text("en", "id-malformed.detail")
    assert not has_text("en", "id-malformed.nothing")
    assert not has_text("en", "nothing")
    for use in (
        lambda: text("en", "nothing"),
        lambda: text("en", "id-malformed.nothing"),
        lambda: text("en", "id-malformed.detail"),
        lambda: text("fr", "id-malformed"),
        lambda: has_text("fr", "id-malformed"),
        lambda: refusal_texts("zh", "nothing.here", {}),
    ):
        with pytest.raises(LookupError):
            use()


def test_arguments(catalog):
    catalog(
        one="both = { $name } has { $count ->\n    [one] one\n   *[other] { $count }\n }\n",
        two="yes = { $open ->\n    [true] open\n   *[false] shut\n }\n    .more = [{ $note }]\n",
    )
    assert text("en", "both", name="Ann", count=1) == "Ann has one"
    assert text("en", "both", name="Ann", count=1234) == "Ann has 1,234"
    assert [text("en", "yes", open=value) for value in (True, False)] == ["open", "shut"]
    assert text("en", "yes.more", note=None) == "[]"


def test_an_id_stands_in_one_file(catalog):
    catalog(one="same = a\n", two="same = b\n")
    with pytest.raises(ValueError, match=r"en/two.ftl: same is already in en/one.ftl"):
        text("en", "same")


def test_an_unreadable_line_is_an_error(catalog):
    catalog(one="fine = a\nnot fluent\n")
    with pytest.raises(ValueError, match="not Fluent"):
        text("en", "fine")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-TW", "zh"),
        ("ZH-hk", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr,de;q=0.9", "en"),
        ("fr, zh;q=0.3", "zh"),
        ("en;q=0.5, zh;q=0.6", "zh"),
        ("en;q=0.5, zh;q=0.5", "en"),
        ("zh;q=0.5, en;q=0.5", "zh"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("zh;q=0.5, *;q=0.1", "zh"),
        ("zh;q=abc, en;q=0.1", "en"),
        ("zh;q=nan, en;q=0.1", "en"),
        ("zh;q=7", "en"),
        (",;,=;q", "en"),
    ],
)
def test_negotiate(header, expected):
    assert negotiate(header) == expected
