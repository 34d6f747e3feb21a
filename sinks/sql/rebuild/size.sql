-- How many facts of people there are, and how many from ad platforms.
SELECT
    countIf(bucket < 65536 AND type NOT IN ('identity_assigned', 'facts_shared')) AS facts,
    countIf(bucket = 65537) AS from_platforms
FROM rebuild_facts__{{name}}
