"""How a broadcast stands on a terminal: one line with its number, what is said, the marks, what to do, until when. Pure.

The same line serves every bearer; it is only ever kept sealed.
"""

from collections.abc import Mapping, Sequence

from dispatch.broadcasts.model import Kind, Mark, MarkKind

KINDS: Mapping[Kind, str] = {"call": "群呼", "lookout": "布控协查"}
MARKS: Mapping[MarkKind, str] = {
    "plate": "车牌", "vehicle": "车辆", "name": "姓名", "clothing": "衣着", "person": "体貌", "other": "其他特征",
}  # fmt: skip
ENDS: Mapping[str, str] = {"cancelled": "已撤销", "superseded": "已由新通报代替"}


def line(head: tuple[Kind, str, bool], room: str, said: Sequence[str | None], marks: Sequence[Mark]) -> str:
    """head: kind, number as people say it, whether urgent; said: the text, what to do, until when on the city's clock."""
    kind, number, urgent = head
    text, advice, until = said
    parts = [f"【{'紧急' if urgent else ''}{KINDS[kind]} {number}】{room}：{text}"]
    parts += [f"{MARKS[mark.kind]}：{mark.text}" for mark in marks]
    parts += [f"处置：{advice}"] if advice else []
    parts += [f"有效至{until}"] if until else []
    return "；".join(parts)


def ended(kind: Kind, number: str, state: str, outcome: str | None) -> str:
    """What recipients are told when it holds no longer."""
    return f"【{KINDS[kind]} {number}】{ENDS[state]}" + (f"：{outcome}" if outcome else "")
