-- Why a lead has its score: what each step and each attribute is worth on a day, and what the caps take away.
-- Grain: one row per lead and reason, for a day: score_reasons(day = '2026-10-05'), of today with day = ''.
-- The points of a lead sum to its score on that day.
CREATE OR REPLACE VIEW score_reasons
(
    person String COMMENT 'Id of the person',
    day Date COMMENT 'Day in {{timezone}} at whose end the points are worth that',
    reason String COMMENT 'step: a touchpoint or follow-up; attribute: what the CRM says; group_cap: what the cap of a group takes away; cap: what that of all together takes away, or what lifts the score to 0',
    rule String COMMENT 'Rule of the policy that gives the points; of a group_cap, the group',
    score_group String COMMENT 'Group of the rule; fit for an attribute',
    at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the step began; NULL for all other reasons',
    what String COMMENT 'Kind, channel, content and first page of the step; name and value of the attribute',
    given Int64 COMMENT 'Points that the rule gives; 0 for caps',
    points Float64 COMMENT 'What is left of them on the day; below 0 for caps'
)
AS WITH
    CAST({{reports.scores.caps}}, 'Map(String, Int64)') AS caps,
    if({day:String} = '', toDate(now(), '{{timezone}}'), toDate({day:String})) AS asked,
    worth AS
    (
        SELECT
            step.person AS person,
            'step' AS reason,
            step.rule AS rule,
            step.score_group AS score_group,
            toNullable(step.at) AS at,
            arrayStringConcat(
                arrayFilter(word -> word != '', [step.kind, step.channel, step.content, step.landing_page]), ' · '
            ) AS what,
            step.points AS given,
            -- The days since the step without any points are all days less those with some.
            step.points * pow(
                {{reports.scores.kept_per_silent_day}}, (asked - step.day) - (active.last_nth - active.nths[step.day])
            ) AS points
        FROM scored_steps AS step
        INNER JOIN
        (
            SELECT
                person,
                arraySort(groupArray(day)) AS days,
                mapFromArrays(days, arrayEnumerate(days)) AS nths,
                length(days) AS last_nth
            FROM score_standings
            WHERE day <= asked
            GROUP BY person
        ) AS active ON step.person = active.person
        WHERE step.day <= asked
        UNION ALL
        SELECT person, 'attribute', rule, 'fit', NULL, concat(attribute, ': ', said), points, toFloat64(points)
        FROM score_fits
        WHERE person IN (SELECT person FROM sales_grades)
    ),
    standing AS
    (
        SELECT
            person,
            each.score_group AS score_group,
            each.points * pow({{reports.scores.kept_per_silent_day}}, asked - day) AS points
        FROM score_standings
        ARRAY JOIN standing AS each
        WHERE day <= asked AND asked <= until
        UNION ALL
        SELECT person, 'fit', least(toFloat64(sum(points)), if(mapContains(caps, 'fit'), toFloat64(caps['fit']), inf))
        FROM score_fits
        WHERE person IN (SELECT person FROM sales_grades)
        GROUP BY person
    ),
    cut AS
    (
        SELECT given.person AS person, given.score_group AS score_group, standing.points - given.points AS points
        FROM (SELECT person, score_group, sum(points) AS points FROM worth GROUP BY person, score_group) AS given
        INNER JOIN standing ON given.person = standing.person AND given.score_group = standing.score_group
        WHERE abs(standing.points - given.points) > 0.000001
    )
SELECT person, asked AS day, reason, rule, score_group, at, what, given, points FROM worth
UNION ALL
SELECT person, asked, 'group_cap', score_group, score_group, NULL, '', 0, points FROM cut
UNION ALL
SELECT person, asked, 'cap', '', '', NULL, '', 0, change
FROM
(
    SELECT person, sum(points) AS all_together,
        greatest(0, least({{reports.scores.cap}}, all_together)) - all_together AS change
    FROM standing
    GROUP BY person
)
WHERE change != 0
COMMENT 'Why a lead has its score: what each step and each attribute is worth on a day, and what the caps take away'
