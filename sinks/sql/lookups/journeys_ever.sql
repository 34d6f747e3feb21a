-- On whose journeys an identifier ever was, and which identifiers ever were on the journey of a person.
SELECT person, arrayJoin(identifiers) AS identifier
FROM
(
    SELECT person, identifiers
    FROM journey_days
    WHERE person = {key:String} OR has(identifiers, {key:String})
    UNION ALL
    SELECT person, identifiers
    FROM journey_versions
    WHERE person = {key:String} OR has(identifiers, {key:String})
)
GROUP BY person, identifier
HAVING person = {key:String} OR identifier = {key:String}
ORDER BY person, identifier
