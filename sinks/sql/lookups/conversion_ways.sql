-- Which ways did journeys take through the values of a dimension, how many reached the milestone, and how many did not?
-- milestone: the conversion that is asked about
-- touches: the column of conversion_paths with the values, for example touch_channel
-- first: first day of conversions; of journeys that did not convert, of their last touchpoint
-- last: last day of the same
-- lookback_days: how long before the conversion, or the last touchpoint, a touchpoint counts; 0: any time
-- kinds: kinds of touchpoints that count, with commas between them; empty: all
-- A journey is that of a person; for milestones of deals, that of a deal with the touchpoints of everybody on it,
-- and that of each person who is on none. What converted on another day is in no row.
WITH
    {milestone:String} IN ('opportunity', 'poc', 'won') AS is_of_deal,
    if({kinds:String} = '', [], splitByChar(',', {kinds:String})) AS kinds,
    reached AS
    (
        SELECT
            deal, person, at, day, revenue_minor, currency,
            arrayZip(touch_at, touch_id, touch_kind, {touches:Identifier}) AS touches
        FROM conversion_paths
        WHERE milestone = {milestone:String} AND grain = if(is_of_deal, 'deal', 'lead')
    ),
    -- On no deal, the join leaves its name empty.
    walked AS
    (
        SELECT
            on_deal.deal AS deal,
            if(on_deal.deal = '', counted.person, '') AS whose,
            arraySort(arrayFlatten(groupArray(counted.touches))) AS touches
        FROM
        (
            SELECT
                person,
                arrayFilter(
                    touch -> empty(kinds) OR has(kinds, touch.3),
                    arrayZip(touch_at, touch_id, touch_kind, {touches:Identifier})
                ) AS touches
            FROM counted_journeys
            WHERE notEmpty(touches)
        ) AS counted
        LEFT JOIN (SELECT deal, person FROM deal_people WHERE is_of_deal) AS on_deal ON counted.person = on_deal.person
        GROUP BY deal, whose
    )
SELECT
    arrayMap(
        touch -> touch.4,
        arrayFilter(
            touch -> ({lookback_days:UInt32} = 0 OR touch.1 >= ends_at - toIntervalDay({lookback_days:UInt32}))
                AND (empty(kinds) OR has(kinds, touch.3)),
            touches
        )
    ) AS way,
    currency,
    toUInt64(countIf(is_converted)) AS converted,
    toUInt64(countIf(NOT is_converted)) AS lost,
    sum(revenue_minor) AS revenue_minor
FROM
(
    SELECT touches, at AS ends_at, true AS is_converted, currency, revenue_minor
    FROM reached
    WHERE day BETWEEN {first:Date} AND {last:Date}
    UNION ALL
    SELECT walked.touches, walked.touches[-1].1, false, '', 0
    FROM walked
    LEFT ANTI JOIN reached ON walked.deal = reached.deal AND walked.whose = reached.person
    WHERE toDate(walked.touches[-1].1, {timezone:String}) BETWEEN {first:Date} AND {last:Date}
)
GROUP BY way, currency
ORDER BY way, currency
