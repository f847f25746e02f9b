-- Telephone calls.
SELECT 1;
