-- Who has which of these identifiers, of all people who have done anything.
SELECT name, person
FROM
(
    SELECT person, arrayJoin(identifiers) AS name
    FROM journeys FINAL
    WHERE facts > 0 AND hasAny(identifiers, splitByChar('\n', {names:String}))
)
WHERE has(splitByChar('\n', {names:String}), name)
