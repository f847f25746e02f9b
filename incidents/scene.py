"""How the scene of an incident is run: who commands there, where those who come gather, how many are hurt, as counted when.

The part of `incidents.lifecycle` that concerns it. What is known replaces what was known; the journal keeps what was said before.
"""

from collections.abc import Callable
from typing import Any

from incidents import commands as c
from incidents import events as e
from incidents.model import OPEN, Incident, Scene
from incidents.reporting import must


def _set(incident: Incident, command: c.SetScene) -> list[e.IncidentFact]:
    must(incident, OPEN, "told of the scene")
    scene = None if command.scene == Scene() else command.scene
    return [] if scene == incident.scene else [e.SceneSet(scene=scene)]


DECIDE: dict[type, Callable[[Incident, Any], list[e.IncidentFact]]] = {c.SetScene: _set}
