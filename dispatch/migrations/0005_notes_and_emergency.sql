-- Notes read by units, officer emergencies, roll-calls.
SELECT 1;
