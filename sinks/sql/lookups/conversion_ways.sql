-- Which ways did journeys take through the values of a dimension, how many reached the milestone, and how many did not?
-- milestone: the conversion that is asked about
-- first: first day of conversions; of journeys that did not convert, of their last touchpoint
-- last: last day of the same
-- lookback_days: how long before the conversion, or the last touchpoint, a touchpoint counts; 0: any time
-- kinds: kinds of touchpoints that count, with commas between them; empty: all
-- A journey is that of a person; for milestones of deals, that of a deal with the touchpoints of everybody on it,
-- and that of each person who is on none. What converted on another day is in no row.
WITH
    {lookback_days:UInt32} * 86400000 AS lookback,
    -- On no deal, the join leaves its name empty.
    walked AS
    (
        SELECT
            on_deal.deal AS deal,
            if(on_deal.deal = '', touch.person, '') AS person,
            arraySort(groupArray((touch.at, touch.touchpoint, touch.value))) AS touches
        FROM
        (
            SELECT person, at, touchpoint, {by:Identifier} AS value
            FROM touchpoints
            WHERE {kinds:String} = '' OR has(splitByChar(',', {kinds:String}), kind)
        ) AS touch
        LEFT JOIN
        (
            SELECT deal, person FROM deal_people WHERE {milestone:String} IN ('opportunity', 'poc', 'won')
        ) AS on_deal ON touch.person = on_deal.person
        GROUP BY deal, person
    ),
    reached AS
    (
        SELECT deal, person, at, day, revenue, currency FROM conversions WHERE conversion = {milestone:String}
    )
SELECT
    arrayMap(
        touch -> touch.3,
        arrayFilter(
            touch -> touch.1 <= ends_at
                AND (lookback = 0 OR toUnixTimestamp64Milli(ends_at) - toUnixTimestamp64Milli(touch.1) <= lookback),
            touches
        )
    ) AS way,
    currency,
    toUInt64(countIf(is_converted)) AS converted,
    toUInt64(countIf(NOT is_converted)) AS lost,
    sum(revenue) AS revenue
FROM
(
    SELECT
        walked.touches AS touches, reached.at AS ends_at, true AS is_converted, reached.currency AS currency,
        reached.revenue AS revenue
    FROM reached
    LEFT JOIN walked ON reached.deal = walked.deal AND reached.person = walked.person
    WHERE reached.day BETWEEN {first:Date} AND {last:Date}
    UNION ALL
    SELECT touches, touches[-1].1, false, '', toDecimal128(0, 2)
    FROM walked
    LEFT ANTI JOIN reached ON walked.deal = reached.deal AND walked.person = reached.person
    WHERE toDate(touches[-1].1, {timezone:String}) BETWEEN {first:Date} AND {last:Date}
)
GROUP BY way, currency
ORDER BY way, currency
