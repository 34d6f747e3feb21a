-- All facts that tell of others. Who is who follows from these alone, whatever comes while the rest is copied.
INSERT INTO rebuild_facts__{{name}} (bucket, person, key, type, payload)
SELECT 65536, subject, '', type, payload
FROM events FINAL
WHERE {{is_telling}}
