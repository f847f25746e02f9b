-- Who has seen an alert, and since when (ms): it is quiet for them alone, and goes with the alert.
ALTER TABLE timer ADD COLUMN noticed jsonb NOT NULL DEFAULT '{}';

-- By which way the first report of an incident came, so that rules may ask; null: older than this. Nullable keeps older writers working.
ALTER TABLE incident ADD COLUMN source text CHECK (
    source IN ('call', 'call_point', 'panel', 'sms', 'app', 'self_service', 'officer', 'agency', 'paper'));
