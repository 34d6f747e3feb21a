-- The whole journey of the person who has this identifier, as one row.
SELECT *
FROM journeys FINAL
WHERE person = {identifier:String} OR has(identifiers, {identifier:String})
ORDER BY person
LIMIT 1
