-- What ad platforms tell of some clicks and keywords.
SELECT person, type, payload
FROM rebuild_facts__{{name}}
WHERE bucket = 65537 AND person IN (SELECT arrayJoin(splitByChar('\n', {subjects:String})))
