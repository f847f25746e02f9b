-- Rules demand answers as well; older writers go on giving the causes they know.
ALTER TABLE supervision DROP CONSTRAINT supervision_cause_check;
ALTER TABLE supervision ADD CONSTRAINT supervision_cause_check CHECK (cause IN ('leader', 'call_back', 'rule'));

-- How often each rule fired in a week, without reading the whole journal.
CREATE INDEX journal_rule_fired ON journal (recorded_at) WHERE fact = 'rule_fired';
