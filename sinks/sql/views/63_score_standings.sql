-- The points of a lead by group, at the end of each day with any: what silence left of those before, up to the cap.
-- Grain: one row per lead and day on which a step of it earned points.
-- Kept by: person, day
-- On every day without any, behaviour keeps a share of its points; so from `day` to `until` the standing falls by
-- silence alone. This is the one definition of how points go that the other views read; it holds arrays.
CREATE OR REPLACE VIEW score_standings
(
    person String COMMENT 'Id of the person',
    day Date COMMENT 'Day in {{timezone}} on which points were earned',
    until Date COMMENT 'Day before the next of these days; 2149-06-06 for the last one',
    earned Int64 COMMENT 'Points that were earned on that day',
    standing Array(Tuple(score_group String, points Float64)) COMMENT 'Points of each group at the end of the day'
)
AS WITH
    CAST({{reports.scores.caps}}, 'Map(String, Int64)') AS caps,
    arrayDistinct(arrayMap(step -> step.1, steps)) AS days,
    arrayDistinct(arrayMap(step -> step.2, steps)) AS groups,
    -- Of each group, the standing at the end of each of the days: what silence left of the one before, and what the
    -- day gave, up to the cap.
    arrayMap(
        of_group -> arrayPopFront(arrayFold(
            (before, here) -> arrayPushBack(before, least(
                before[-1] * pow({{reports.scores.kept_per_silent_day}}, if(here = 1, 0, days[here] - days[here - 1] - 1))
                    + arraySum(step -> if(step.1 = days[here] AND step.2 = of_group, step.3, 0), steps),
                if(mapContains(caps, of_group), toFloat64(caps[of_group]), inf)
            )),
            arrayEnumerate(days),
            [toFloat64(0)]
        )),
        groups
    ) AS standings
SELECT
    person,
    days[nth] AS day,
    if(nth = length(days), toDate('2149-06-06'), days[nth + 1] - 1) AS until,
    arraySum(step -> if(step.1 = day, step.3, 0), steps) AS earned,
    arrayMap((of_group, at_end) -> (of_group, at_end[nth]), groups, standings) AS standing
FROM
(
    SELECT person, arraySort(groupArray((day, score_group, points))) AS steps
    FROM scored_steps
    GROUP BY person
)
ARRAY JOIN arrayEnumerate(days) AS nth
COMMENT 'The points of a lead by group, at the end of each day with any: what silence left of those before, up to the cap'
