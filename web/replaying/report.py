"""What a replay has to say at its end: the table beside the file, refused and estimated rows, and one line of JSON.

Printed once, after the last call of the file is closed or refused.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from web.replaying.calls import Call
from web.replaying.intervals import INTERVALS, Figures, Line, disordered, estimated


class RefusedRow(msgspec.Struct, frozen=True):
    """A row whose order, or a later act of it, the centre refused."""

    line: int
    call: str
    unit: str
    act: str
    reason: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a replay went. unclosed: number or id of each call that is not closed, with the reason. real_s, took_s: seconds."""

    calls: Sequence[Call]
    closed: int
    refused: Sequence[RefusedRow]
    unclosed: Sequence[tuple[str, str]]
    table: dict[str, Line]
    real_s: float
    took_s: float


def text(outcome: Outcome) -> Iterator[str]:
    """The report for people, line by line."""
    jobs = sum(len(call.jobs) for call in outcome.calls)
    yield f"{len(outcome.calls)} calls, {jobs} unit rows; {outcome.closed} calls closed, {len(outcome.refused)} rows refused."
    if outcome.took_s > 0:
        faster = outcome.real_s / outcome.took_s
        yield f"{outcome.real_s / 86400:.2f} days in {outcome.took_s:.0f} s: {faster:.0f} times as fast as it happened."
    yield ""
    yield from _table(outcome.table)
    yield from _listed("Refused rows", [_refused(row) for row in outcome.refused])
    yield from _listed(
        "Rows without an end, cleared at their last known time (estimated)",
        [f"line {job.line}: call {call.id}, unit {job.unit}" for call, job in estimated(outcome.calls)],
    )
    yield from _listed(
        "Rows whose times contradict each other, kept as they are",
        [f"line {j.line}: call {c.id}, unit {j.unit}: {j.disorder}" for c, j in disordered(outcome.calls)],
    )
    yield from _listed("Calls that are not closed", [f"{name}: {why}" for name, why in outcome.unclosed])


def _refused(row: RefusedRow) -> str:
    return f"line {row.line}: call {row.call}, unit {row.unit}, {row.act}: {row.reason}"


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{title}: {len(lines)}"
        yield from (f"  {line}" for line in lines)


def _table(table: dict[str, Line]) -> Iterator[str]:
    yield f"{'seconds':<32}{'file':^36}  {'here':^36}"
    columns = "".join(f"{name:>9}" for name in ("n", "p50", "p90", "p95"))
    yield f"{'':<32}{columns}  {columns}  differ"
    for interval in INTERVALS:
        line = table.get(interval.name)
        if line is not None:
            start = interval.otherwise if interval.otherwise and "answer" not in table else interval.start
            said = f"{interval.name}: {start} → {interval.end}"
            yield f"{said:<32}{_figures(line.file)}  {_figures(line.ours)}  {line.differ:>6}"


def _figures(figures: Figures) -> str:
    values = (figures.p50, figures.p90, figures.p95)
    return f"{figures.n:>9}" + "".join("        –" if value is None else f"{value:>9.0f}" for value in values)


def as_json(outcome: Outcome) -> str:
    """The last line of `--json`: counts, and for each interval n, p50, p90, p95 in the file and here."""
    said: dict[str, Any] = {
        "calls": len(outcome.calls),
        "closed": outcome.closed,
        "refused": len(outcome.refused),
        "intervals": outcome.table,
        "refused_rows": outcome.refused,
        "estimated_rows": [job.line for _, job in estimated(outcome.calls)],
        "seconds": {"real": outcome.real_s, "took": round(outcome.took_s, 3)},
    }
    return msgspec.json.encode(said).decode()
