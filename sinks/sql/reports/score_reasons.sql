-- Why does a lead have its score: which steps and attributes gave it points, and what is left of them on a day?
-- lead: id of the person, as in the report scores
-- day = today: the day at whose end
-- limit = 100: number of rows
-- > what: kind, channel, content and first page of the step; name and value of the attribute
SELECT
    reason,
    rule,
    score_group,
    at,
    what,
    given,
    round(points, 2) AS points
FROM score_reasons(day = {day:Date})
WHERE person = {lead:String}
ORDER BY score_reasons.points DESC, at, rule
LIMIT {limit:UInt32}
