-- All facts that tell of others.
SELECT type, payload
FROM rebuild_facts__{{name}}
WHERE bucket = 65536
