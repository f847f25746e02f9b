"""A sheet of paper forms: a CSV as an office program writes it, its columns named in Chinese or English. Pure.

Read are UTF-8, with or without its mark, and GB 18030 (GB 18030-2022), which a Chinese spreadsheet writes by default;
columns may come in any order, separated by commas, semicolons or tabs.
"""

import csv
import io
from collections.abc import Iterator

import msgspec

from dispatch.errors import Invalid
from dispatch.paper.forms import PaperForm

COLUMNS = {
    "form": "表单编号",
    "reported_at": "报警时间",
    "text": "警情内容",
    "type": "警情类别",
    "caller_number": "报警电话",
    "caller_name": "报警人",
    "address": "警情地址",
    "lon": "经度",
    "lat": "纬度",
    "datum": "坐标系",
    "unit": "处警单位",
    "dispatched_at": "派警时间",
    "accepted_at": "签收时间",
    "en_route_at": "出警时间",
    "on_scene_at": "到场时间",
    "cleared_at": "处置完毕时间",
    "result": "处置结果",
    "feedback": "反馈内容",
    "people_count": "涉及人数",
    "fed_back_at": "反馈时间",
    "call_back": "回访结果",
    "closed_at": "办结时间",
    "exercise": "演练",
}
"""Column in English -> in Chinese, in the order of the template."""
_BY_HEAD = {head: column for column, zh in COLUMNS.items() for head in (column, zh)}


def template(chinese: bool) -> bytes:
    """An empty sheet with its heads, marked as UTF-8 so that an office program reads it right."""
    heads = COLUMNS.values() if chinese else COLUMNS
    return ("\ufeff" + ",".join(heads) + "\r\n").encode()


def read_sheet(data: bytes) -> list[tuple[int, PaperForm | Invalid]]:
    """(line, form or what is wrong with it) of every row that is not empty. Raises Invalid when it is no sheet of forms."""
    text = decoded(data)
    if "\0" in text:
        raise Invalid("The sheet contains a NUL character; save it as CSV in UTF-8.")
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        columns = _columns(next(lines, []))
        return list(_rows(lines, columns))
    except csv.Error as error:
        raise Invalid(f"Line {lines.line_num} of the sheet can't be read: {error}.") from error


def decoded(data: bytes) -> str:
    """The text of a CSV file, whichever way an office program wrote it. Raises Invalid."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("The sheet is neither UTF-8 nor GB 18030; save it as CSV in UTF-8.")


def _columns(heads: list[str]) -> list[str]:
    named = [head.strip() for head in heads]
    strange = [head for head in named if head not in _BY_HEAD]
    if strange:
        raise Invalid(
            f"The column {strange[0][:40]!r} is not known; take the template of GET /api/v1/back-entries/template.",
            field=strange[0][:40],
        )
    columns = [_BY_HEAD[head] for head in named]
    for wanted in ("form", "reported_at"):
        if wanted not in columns:
            raise Invalid(f"The sheet lacks the column {COLUMNS[wanted]} ({wanted}).", field=wanted)
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise Invalid(f"The column {COLUMNS[twice]} ({twice}) stands twice in the sheet.", field=twice)
    return columns


def _rows(lines: Iterator[list[str]], columns: list[str]) -> Iterator[tuple[int, PaperForm | Invalid]]:
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            yield number, Invalid(f"Line {number} has more cells than the sheet has columns.")
            continue
        row = {"form": "", "reported_at": "", **dict(zip(columns, cells, strict=False))}
        try:
            yield number, msgspec.convert(row, PaperForm)
        except msgspec.ValidationError as wrong:
            yield number, Invalid(f"Line {number} can't be used: {wrong}.")
