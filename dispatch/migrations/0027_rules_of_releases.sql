-- Which of the shipped rules this database has met: a release brings what it has not, and what a city took out stays out.
CREATE TABLE rule_shipped (
    id text PRIMARY KEY,
    met_at timestamptz NOT NULL
);

-- A city at work before this was kept has met these; what its own rules lack of them it took out. An empty one meets all at once.
INSERT INTO rule_shipped (id, met_at)
SELECT id, cad_now() FROM unnest(ARRAY[
    'second_bearer', 'sms_or_phone', 'voice_prompt', 'unreached', 'not_accepted_room', 'not_accepted_unit',
    'chase_acceptance', 'not_accepted_above', 'not_accepted_top', 'not_named', 'unable', 'not_replaced',
    'not_en_route', 'not_arrived', 'not_arrived_above', 'promise_broken', 'promise_slipping', 'status_check',
    'status_unanswered', 'status_unanswered_above', 'touch_lost', 'safety_check', 'touch_regained', 'break_over',
    'lending_over', 'shift_over', 'note_unread', 'not_dispatched', 'not_dispatched_above', 'not_dispatched_top',
    'first_wave', 'second_wave', 'scheduled', 'no_place', 'not_rung_back', 'not_fed_back', 'not_fed_back_above',
    'not_reviewed', 'serious', 'gravest', 'repeat_place', 'emergency_raised', 'emergency_stands', 'call_back_bad',
    'raised_unnoticed', 'check_in_due', 'plan_proposed', 'task_due', 'task_overdue', 'abandoned_call',
    'press_unanswered', 'press_unverified', 'surge_over', 'call_point_silent', 'seat_unlinked',
    'handover_unsigned', 'handover_run_out', 'handover_failed', 'supervision_due_soon', 'supervision_overdue',
    'supervision_unsigned', 'agency_unreached', 'agency_not_taken', 'agency_not_arrived', 'agency_no_result'
]) AS id
WHERE EXISTS (SELECT FROM rule_set) OR EXISTS (SELECT FROM journal);
