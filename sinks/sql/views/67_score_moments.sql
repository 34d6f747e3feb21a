-- What the score of leads was at the end of days, by occasion: score_moments(occasion = 'asked', day = '2026-10-05').
-- Grain: one row per lead and day. Occasion asked: all leads on that day, on today with day = ''; step: each day on which points were earned; every: each day since the first of these, until then; graded: the day on which sales gave its newest grade.
-- The one definition of the score and of marketing's grade that the other views read.
-- Behaviour is that until the end of the day. Attributes count as the CRM says them now.
CREATE OR REPLACE VIEW score_moments
(
    person String COMMENT 'Id of the person',
    day Date COMMENT 'Day in {{timezone}} at whose end it is the score',
    score Float64 COMMENT 'The score: behaviour and fit, from 0 to the cap of the policy',
    behaviour Float64 COMMENT 'Points of behaviour: what silence left of them, each group up to its cap',
    fit Float64 COMMENT 'Points for what the CRM says, at most their cap',
    grade String COMMENT 'Grade that marketing gives for the score, by the policy',
    earned Int64 COMMENT 'Points that were earned on the day itself',
    active_day Nullable(Date) COMMENT 'Last day until then on which a step earned points; NULL if there is none',
    silent_days Nullable(Int64) COMMENT 'Days since that; NULL if there is none'
)
AS WITH
    if({day:String} = '', toDate(now(), '{{timezone}}'), toDate({day:String})) AS asked,
    CAST({{reports.scores.caps}}, 'Map(String, Int64)') AS caps,
    CAST({{reports.scores.grades}}, 'Array(Tuple(grade String, from_points Int64, means Array(String)))') AS grades
SELECT
    moment.person AS person,
    moment.day AS day,
    greatest(0, least({{reports.scores.cap}}, behaviour + fit)) AS score,
    arraySum(arrayMap(
        each -> each.points * pow({{reports.scores.kept_per_silent_day}}, moment.day - active.day),
        active.standing
    )) AS behaviour,
    least(toFloat64(of_crm.points), if(mapContains(caps, 'fit'), toFloat64(caps['fit']), inf)) AS fit,
    arrayFirst(
        level -> score >= level.from_points OR level.grade = grades[-1].grade, grades
    ).grade AS grade,
    if(active.day = moment.day, active.earned, 0) AS earned,
    if(active.person = '', NULL, active.day) AS active_day,
    if(active.person = '', NULL, toInt64(moment.day - active.day)) AS silent_days
FROM
(
    SELECT person, asked AS day
    FROM sales_grades
    WHERE {occasion:String} = 'asked'
    UNION ALL
    SELECT person, graded_day FROM sales_grades WHERE {occasion:String} = 'graded' AND isNotNull(graded_at)
    UNION ALL
    SELECT person, day FROM score_standings WHERE {occasion:String} = 'step'
    UNION ALL
    SELECT person, day + arrayJoin(range(toUInt32(greatest(0, least(until, asked) - day + 1)))) AS day
    FROM score_standings
    WHERE {occasion:String} = 'every'
) AS moment
LEFT JOIN score_standings AS active
    ON moment.person = active.person AND active.day <= moment.day AND moment.day <= active.until
LEFT JOIN (SELECT person, sum(points) AS points FROM score_fits GROUP BY person) AS of_crm
    ON moment.person = of_crm.person
COMMENT 'What the score of leads was at the end of days, by occasion'
