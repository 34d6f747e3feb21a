-- Those telling facts that stand on the journey of whose they are.
INSERT INTO rebuild_facts__{{name}} (person, key, type, payload)
SELECT if(empty(members.person), facts.person, members.person), facts.person, facts.type, facts.payload
FROM
(
    SELECT person, type, payload
    FROM rebuild_facts__{{name}}
    WHERE bucket = 65536 AND NOT startsWith(type, 'identity_') AND NOT startsWith(person, 'deal:')
) AS facts
LEFT JOIN
(
    SELECT DISTINCT key, person
    FROM rebuild_facts__{{name}}
    WHERE bucket < 65536 AND type = 'identity_assigned'
) AS members ON facts.person = members.key
SETTINGS join_use_nulls = 0
