-- What ad platforms tell of clicks and keywords, by what it is about.
INSERT INTO rebuild_facts__{{name}} (bucket, person, key, type, payload)
SELECT 65537, subject, '', type, payload
FROM events FINAL
WHERE type IN ('ad_clicked', 'ad_keyword_listed')
