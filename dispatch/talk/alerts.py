"""Emergencies and backup as alerts of their incident, in the words a seat shows and speaks; they wait for no timer.

Beside what rules let fall due, so that one list says everything that stands.
"""

from collections.abc import Iterable

from dispatch.shown import AlertShown, AlertWords
from dispatch.talk.shown import BackupShown, EmergencyShown


def emergency_alerts(emergencies: Iterable[EmergencyShown]) -> tuple[AlertShown, ...]:
    """An officer in danger comes before everything else."""
    alerts = []
    for e in emergencies:
        name = e.call_sign or ""
        zh = AlertWords(f"{name}紧急求助，按{e.presses}次", name, f"{name}，{name}，收到求助，请回答。")
        en = AlertWords(
            f"{name}: officer emergency, pressed {e.presses} times",
            name,
            f"{name}, {name}, we hear you: answer.",
        )
        alerts.append(
            AlertShown(
                "emergency", zh.what, name, e.raised_at, e.pressed_at, "emergency", e.id, {"zh": zh, "en": en}
            )
        )
    return tuple(alerts)


def backup_alerts(backups: Iterable[BackupShown]) -> tuple[AlertShown, ...]:
    """A unit asks for reinforcement: how many with which skills, and how many were sent."""
    alerts = []
    for b in backups:
        name, skills = b.call_sign or "", ", ".join(b.skills)
        zh = AlertWords(
            f"{name}求援{b.wanted}组{f'（{skills}）' if skills else ''}，已派{b.sent}组", name, None
        )
        en = AlertWords(
            f"{name} asks for {b.wanted} more{f' with {skills}' if skills else ''}, {b.sent} sent", name, None
        )
        alerts.append(
            AlertShown("backup", zh.what, name, b.asked_at, b.asked_at, "backup", b.id, {"zh": zh, "en": en})
        )
    return tuple(alerts)
