-- Call points and surges.
SELECT 1;
