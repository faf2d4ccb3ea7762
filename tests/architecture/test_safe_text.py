"""No raw `str` reaches a widget: Textual would read it as markup and obey its escape bytes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SINKS = {"Static", "Label", "Button", "Option", "Digits", "Markdown", "Tooltip", "Collapsible"}
"""Constructors whose first argument is shown."""
METHODS = {"add_row", "add_column", "add_columns", "update", "notify", "write", "write_line"}
"""Methods whose arguments are shown."""
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "title", "sub_title", "placeholder"}
"""Attributes that are shown when assigned."""
SAFE_CALLS = {"safe_text", "visible", "Text", "assemble", "styled", "clip_text"}


def _name(node: ast.expr) -> str:
    """Return the last name of `a.b.c`, or of `c`."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _suspicious(node: ast.expr) -> bool:
    """Return whether this expression may build a `str` out of data."""
    match node:
        case ast.JoinedStr(values=parts):
            return any(
                isinstance(part, ast.FormattedValue) and _suspicious_part(part.value)
                for part in parts
            )
        case ast.BinOp(op=ast.Mod() | ast.Add(), left=left, right=right):
            strings = isinstance(left, ast.Constant | ast.JoinedStr) or _suspicious(left)
            return strings and (_suspicious(left) or _suspicious_part(right))
        case ast.Call(func=ast.Attribute(attr="format" | "join")):
            return True
        case ast.Call(func=ast.Name(id="str" | "repr")):
            return True
        case ast.Subscript():
            return True
        case _:
            return False


def _suspicious_part(node: ast.expr) -> bool:
    """Return whether a value put into a string may be data: only safe calls and counts are not."""
    match node:
        case ast.Constant():
            return False
        case ast.Call(func=func) if _name(func) in SAFE_CALLS | {"len"}:
            return False
        case _:
            return True


def _violations(source: str) -> list[int]:
    """Return the lines on which a string that may be data is given to a widget."""
    found = []
    for node in ast.walk(ast.parse(source)):
        shown: list[ast.expr] = []
        match node:
            case ast.Call(func=func, args=arguments, keywords=keywords):
                if _name(func) in SINKS:
                    shown = arguments[:1]
                elif isinstance(func, ast.Attribute) and func.attr in METHODS:
                    shown = list(arguments)
                shown += [word.value for word in keywords if word.arg in ATTRIBUTES]
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name in ATTRIBUTES:
                shown = [value]
            case _:
                continue
        found += [argument.lineno for argument in shown if _suspicious(argument)]
    return found


@pytest.mark.parametrize(
    "line",
    [
        "Static(f'{row}')",
        "self.query_one(Label).update('a ' + str(row))",
        "table.add_row(row['content'])",
        "self.notify('%s' % name)",
        "panel.border_title = f'run {name}'",
        "Button('ok', tooltip=f'{name}')",
        "log.write(', '.join(names))",
    ],
)
def test_the_rule_finds_data_given_as_a_plain_string(line: str) -> None:
    assert _violations(line)


@pytest.mark.parametrize(
    "line",
    [
        "Static('Loading')",
        "Static(safe_text(row))",
        "self.update(Text.assemble(safe_text(role), '  '))",
        "self.notify(f'{visible(name)} is saved', markup=False)",
        "panel.border_title = f'{len(rows)} rows'",
    ],
)
def test_the_rule_lets_safe_text_pass(line: str) -> None:
    assert not _violations(line)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "tui").rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT))
)
def test_no_plain_string_made_of_data_reaches_a_widget(file: Path) -> None:
    source = file.read_text()
    if "textual" in source:
        assert not _violations(source)
