-- How did the score of a lead go, day by day, since its first points?
-- lead: id of the person, as in the report scores
-- from = 1970-01-01: first day
-- to = today: last day
-- ~ lines: day; score
SELECT
    day,
    earned,
    round(score, 1) AS score,
    grade,
    silent_days
FROM score_moments(occasion = 'every', day = {to:Date})
WHERE person = {lead:String} AND day >= {from:Date}
ORDER BY day
