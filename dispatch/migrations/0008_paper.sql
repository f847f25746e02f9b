-- Paper forms keyed in later.
SELECT 1;
