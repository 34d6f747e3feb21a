-- Which leads have the highest score on a day, by what they did until then and how long they were silent?
-- day = today: the day at whose end
-- grade = : only leads with this grade of marketing
-- owner = : only leads of this owner
-- least = 0: lowest score
-- limit = 50: number of rows
-- > company: name of the company
-- > owner: who owns the lead in sales
SELECT
    moment.person AS person,
    lead.company AS company,
    lead.owner AS owner,
    round(moment.score, 1) AS score,
    moment.grade AS grade,
    round(moment.behaviour, 1) AS behaviour,
    round(moment.fit, 1) AS fit,
    moment.active_day AS active_day,
    moment.silent_days AS silent_days,
    moment.day AS day
FROM score_moments(occasion = 'asked', day = {day:Date}) AS moment
INNER JOIN sales_grades AS lead ON moment.person = lead.person
WHERE moment.score >= {least:UInt32}
    AND ({grade:String} = '' OR moment.grade = {grade:String})
    AND ({owner:String} = '' OR lead.owner = {owner:String})
ORDER BY moment.score DESC, person
LIMIT {limit:UInt32}
