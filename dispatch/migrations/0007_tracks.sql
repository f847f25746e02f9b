-- Tracks of units.
SELECT 1;
