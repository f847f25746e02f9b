-- Rooms above that were drawn into an incident: how, since when, who follows it there. A default keeps older writers working.
ALTER TABLE incident ADD COLUMN raised jsonb NOT NULL DEFAULT '[]';
