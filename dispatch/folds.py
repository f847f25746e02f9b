"""Which facts make which tables: for every noun whose row is nothing but its facts, told in order.

`verify` folds the journal with these and compares the tables; a noun that gets such a lifecycle is entered here.
"""

from typing import Any

from dispatch import events, lifecycle, model
from dispatch.after_action import actions as review_actions
from dispatch.after_action import events as review_events
from dispatch.after_action import lifecycle as review_lifecycle
from dispatch.after_action import model as review_model
from dispatch.agencies import events as agency_events
from dispatch.agencies import lifecycle as agency_lifecycle
from dispatch.agencies import model as agency_model
from dispatch.broadcasts import events as broadcast_events
from dispatch.broadcasts import lifecycle as broadcast_lifecycle
from dispatch.broadcasts import model as broadcast_model
from dispatch.cameras import lifecycle as camera_lifecycle
from dispatch.cameras import model as cameras
from dispatch.closures import model as closures
from dispatch.disputes import events as dispute_events
from dispatch.disputes import lifecycle as dispute_lifecycle
from dispatch.disputes import model as disputes
from dispatch.drafts import model as drafts
from dispatch.handovers import model as handovers
from dispatch.levels import model as levels
from dispatch.planned_events import events as planned_facts
from dispatch.planned_events import lifecycle as planned_lifecycle
from dispatch.planned_events import model as planned
from dispatch.plans import events as plan_events
from dispatch.plans import model as plans
from dispatch.rosters import lifecycle as roster_lifecycle
from dispatch.rosters import model as rosters
from dispatch.seating import model as seating
from dispatch.shift_log import model as shift_log
from dispatch.shortfalls import model as shortfalls
from dispatch.standing_facts import events as fact_events
from dispatch.standing_facts import lifecycle as fact_lifecycle
from dispatch.standing_facts import model as standing_facts
from dispatch.supervision import events as supervision_events
from dispatch.supervision import lifecycle as supervision_lifecycle
from dispatch.supervision import model as supervision_model
from dispatch.talk import events as talk
from dispatch.talk import model as talk_model
from dispatch.verify import Fold
from incidents import events as incident_events
from incidents import lifecycle as incident_lifecycle
from incidents import model as incident_model
from incidents.call_points import health
from incidents.sightings import model as sightings
from incidents.telephone import events as call_events
from incidents.telephone import lifecycle as call_lifecycle
from incidents.telephone import model as call_model
from incidents.telephone import nuisance
from units import events as unit_events
from units import lifecycle as unit_lifecycle
from units import model as unit_model

FOLDS: tuple[Fold[Any, Any], ...] = (
    Fold(
        "incident",
        "incident",
        incident_model.Incident,
        incident_events.IncidentFact,
        incident_lifecycle.evolve,
    ),
    Fold("alarm", "alarm", incident_model.Alarm, incident_events.AlarmFact, incident_lifecycle.evolve_alarm),
    Fold("assignment", "assignment", model.Assignment, events.AssignmentFact, lifecycle.evolve),
    Fold("feedback", "feedback", model.Feedback, events.FeedbackFact, lifecycle.evolve_form),
    Fold("call", "call", call_model.Call, call_events.CallFact, call_lifecycle.evolve),
    Fold(
        "nuisance_number",
        "nuisance_number",
        nuisance.NuisanceNumber,
        nuisance.NuisanceFact,
        nuisance.evolve,
    ),
    Fold("call_point_health", "call_point_health", health.Health, health.HealthFact, health.evolve),
    Fold("note_read", "note_read", talk_model.NoteLamp, talk.NoteLampFact, talk.evolve_lamp),
    Fold("message", "unit_message", talk_model.Message, talk.MessageFact, talk.evolve_message),
    Fold("emergency", "emergency", talk_model.Emergency, talk.EmergencyFact, talk.evolve_emergency),
    Fold("backup", "backup", talk_model.Backup, talk.BackupFact, talk.evolve_backup),
    Fold("roll_call", "roll_call", talk_model.RollCall, talk.RollCallFact, talk.evolve_roll_call),
    Fold("roll_answer", "roll_answer", talk_model.RollAnswer, talk.RollAnswerFact, talk.evolve_roll_answer),
    Fold(
        "camera_watch",
        "camera_watch",
        cameras.CameraWatch,
        camera_lifecycle.WatchFact,
        camera_lifecycle.evolve,
    ),
    Fold("closure", "closure", closures.RoadClosure, closures.ClosureFact, closures.evolve),
    Fold(
        "supervision",
        "supervision",
        supervision_model.SupervisionOrder,
        supervision_events.SupervisionFact,
        supervision_lifecycle.evolve,
    ),
    Fold(
        "agency_request",
        "agency_request",
        agency_model.AgencyRequest,
        agency_events.RequestFact,
        agency_lifecycle.evolve,
    ),
    Fold(
        "broadcast",
        "broadcast",
        broadcast_model.Broadcast,
        broadcast_events.BroadcastFact,
        broadcast_lifecycle.evolve,
    ),
    Fold(
        "broadcast_lamp",
        "broadcast_lamp",
        broadcast_model.Lamp,
        broadcast_events.LampFact,
        broadcast_lifecycle.evolve_lamp,
    ),
    Fold(
        "after_action_review",
        "after_action_review",
        review_model.AfterActionReview,
        review_events.ReviewFact,
        review_lifecycle.evolve,
    ),
    Fold(
        "review_action",
        "review_action",
        review_model.ReviewAction,
        review_events.ActionFact,
        review_actions.evolve,
    ),
    Fold("dispute", "dispute", disputes.Dispute, dispute_events.DisputeFact, dispute_lifecycle.evolve),
    Fold("sighting", "sighting", sightings.Sighting, sightings.SightingFact, sightings.evolve),
    Fold("duty_level", "duty_level", levels.DutyLevel, levels.LevelFact, levels.evolve),
    Fold("roster_shift", "roster_shift", rosters.RosterShift, rosters.ShiftFact, roster_lifecycle.evolve),
    Fold("seat", "seat", seating.Seat, seating.SeatFact, seating.evolve),
    Fold("draft", "draft", drafts.Draft, drafts.DraftFact, drafts.evolve),
    Fold("shortfall", "shortfall", shortfalls.Shortfall, shortfalls.ShortfallFact, shortfalls.evolve),
    Fold(
        "standing_fact",
        "standing_fact",
        standing_facts.StandingFact,
        fact_events.FactHappened,
        fact_lifecycle.evolve,
    ),
    Fold("handover", "handover", handovers.HandOver, handovers.HandOverFact, handovers.evolve),
    Fold("log_entry", "log_entry", shift_log.LogEntry, shift_log.LogFact, shift_log.evolve),
    Fold("event", "planned_event", planned.PlannedEvent, planned_facts.EventFact, planned_lifecycle.evolve),
    Fold("plan", "incident_plan", plans.IncidentPlan, plan_events.PlanFact, plan_events.evolve_plan),
    Fold("task", "task", plans.Task, plan_events.TaskFact, plan_events.evolve_task),
    Fold("unit", "unit", unit_model.Unit, unit_events.UnitFact, unit_lifecycle.evolve),
)
