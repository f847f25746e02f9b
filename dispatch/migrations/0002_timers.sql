-- Timers and rules.
SELECT 1;
