-- Availability of units.
SELECT 1;
