-- All other facts of journeys, each for whom it concerns.
INSERT INTO rebuild_facts__{{name}} (person, key, type, payload)
SELECT if(empty(members.person), facts.subject, members.person), facts.subject, facts.type, facts.payload
FROM
(
    SELECT subject, type, payload
    FROM events FINAL
    WHERE NOT ({{is_telling}}) AND type NOT IN ('ad_clicked', 'ad_keyword_listed', 'ad_performance_reported', 'exchange_rate_reported')
) AS facts
LEFT JOIN
(
    SELECT DISTINCT key, person
    FROM rebuild_facts__{{name}}
    WHERE bucket < 65536 AND type = 'identity_assigned'
) AS members ON facts.subject = members.key
SETTINGS join_use_nulls = 0
