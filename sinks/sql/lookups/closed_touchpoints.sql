-- The closed touchpoints of these people, as records; copies of one may be there twice.
SELECT record
FROM closed_touchpoints
WHERE person IN (SELECT arrayJoin(splitByChar('\n', {people:String})))
