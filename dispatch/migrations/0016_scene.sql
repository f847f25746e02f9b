-- How the scene is run: who commands there, where to gather, how many are hurt. NULL keeps older writers working.
ALTER TABLE incident ADD COLUMN scene jsonb;
