-- How many come from each step of the funnel to the next, what has each cost, and why do the others not go on?
-- Of people and deals, a step counts who entered it or passed over it, so that nobody is in a step who is not in all
-- steps before. So of a cohort no rate between people, or between deals, is above one; where a rate is, `note` says why.
-- Who waits in a step is neither lost nor won. Cost is that of all ads in question; in several currencies it is no
-- number, unless one is asked for and all have rates.
-- by = total | channel | platform | source | campaign | ad_group | keyword | content | author | landing_page | region | industry | owner | attribute | month: what a part is
-- attribute = : with by=attribute, the name of the attribute in the CRM
-- mode = cohort | period: count on the day since which the person or the deal is known, or on that of each step
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- owner = : only this owner
-- region = : only this region
-- industry = : only this industry
-- currency = : one currency for all cost, by the rate of each day, for example CNY; empty: each in its own
-- limit = 20: number of parts, those with the most leads first
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > part: value of what was asked by; (all) without any
-- > number: place of the step in the funnel
-- > step: impression, click, visit, visitor, lead, marketing_qualified, sales_qualified, opportunity, poc or won
-- > unit: what is counted: impressions, clicks, visits, people or deals
-- > count: how many came to the step, by entering it or by passing over it
-- > entered: how many entered it themselves, as in the report funnel
-- > step_rate: share of the step before that came to this one
-- > cumulative_rate: share of the first step that has any that came to this one
-- > cost_per: cost of all ads for each of those who came to this step; none without cost, and in several currencies
-- > currency: currency of the cost; (mixed) if there are several
-- > cost_by_currency: cost in each currency, with commas between them
-- > median_days: median of the days until the next step, of those who entered this one and came to the next
-- > went_on: who came to the next step; of sales_qualified, who came on a deal
-- > waiting: who may still go on
-- > lost: who was lost, recycled or disqualified, or whose proof of concept failed
-- > reasons: why, in the words of the CRM, the most frequent first; (none) if it does not say
-- > note: why a rate is above one, or what is missing
-- ~ funnel: part, step; count
WITH
    ['impression', 'click', 'visit', 'visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won']
        AS names,
    ['impressions', 'clicks', 'visits', 'people', 'people', 'people', 'people', 'deals', 'deals', 'deals'] AS units,
    ('', 'went_on', 'waiting', 'won') AS not_lost
SELECT
    part,
    number,
    names[number] AS step,
    units[number] AS unit,
    s.2 AS count,
    s.3 AS entered,
    if(before = 0, NULL, toFloat64(s.2) / before) AS step_rate,
    if(first = 0, NULL, toFloat64(s.2) / first) AS cumulative_rate,
    if(s.2 = 0 OR length(costs) != 1, NULL, round(toFloat64(costs[1].2) / s.2, 6)) AS cost_per,
    if(length(costs) > 1, '(mixed)', costs[1].1) AS currency,
    arrayStringConcat(
        arrayMap(each -> trimRight(concat(toDecimalString(each.2, 2), ' ', each.1)), costs), ', '
    ) AS cost_by_currency,
    if(isNaN(s.7) OR s.4 = 0, NULL, round(s.7, 1)) AS median_days,
    if(number < 4, NULL, s.4) AS went_on,
    if(number < 4, NULL, s.5) AS waiting,
    if(number < 4, NULL, s.6) AS lost,
    arrayStringConcat(
        arrayMap(
            each -> concat(each.1, ' ', toString(each.2)),
            arraySort(each -> (-toInt64(each.2), each.1), arrayZip(s.8.1, s.8.2))
        ),
        ', '
    ) AS reasons,
    multiIf(
        number = 1 AND count = 0, 'none are reported',
        number = 3 AND count = 0, 'none are known',
        number = 1 OR count <= before, '',
        number = 3, 'visits also come without an ad',
        number = 4, 'some came without a visit, for example from the CRM alone',
        number = 8, 'some deals have nobody who is known, or people have several',
        {mode:String} = 'period', 'some came to the step before at another time',
        'more than in the step before are reported'
    ) AS note
FROM
(
    -- One row for each part, with its ten steps side by side.
    SELECT
        part,
        groupArray((place, came, entered_it, went, wait, left, median, why)) AS in_any_order,
        arrayMap(
            -- The first of none is nothing of everything.
            nth -> arrayFirst(each -> each.1 = nth, in_any_order), range(1, 11)
        ) AS steps,
        arrayFirst(each -> each.2 > 0, steps).2 AS first,
        sumMap(spent.1, spent.2) AS spent_of_part,
        arraySort(arrayFilter(each -> each.2 > 0, arrayZip(spent_of_part.1, spent_of_part.2))) AS costs
    FROM
    (
        SELECT
            part,
            each.1 AS place,
            sum(each.2) AS came,
            sum(each.3) AS entered_it,
            sumIf(each.2, outcome = 'went_on') AS went,
            sumIf(each.2, outcome = 'waiting') AS wait,
            sumIf(each.2, outcome NOT IN not_lost) AS left,
            sumMapIf([if(reason = '', '(none)', reason)], [each.2], outcome NOT IN not_lost) AS why,
            sumMapIf([currency], [cost], place = 1) AS spent,
            quantileExactMerge(0.5)(days) AS median
        FROM
        (
            SELECT
                c.part AS part,
                c.outcome AS outcome,
                c.reason AS reason,
                c.days AS days,
                {currency:String} NOT IN ('', c.currency) AND r.rate > 0 AS is_converted,
                if(is_converted, {currency:String}, c.currency) AS currency,
                if(
                    is_converted,
                    toDecimal128(round(toDecimal256(c.cost, 6) * toDecimal256(r.rate, 18), 6), 6),
                    c.cost
                ) AS cost,
                arrayJoin(multiIf(
                    step = 'ad', [(toUInt8(1), impressions, impressions), (toUInt8(2), clicks, clicks)],
                    step = 'visit', [(toUInt8(3), visits, visits)],
                    [(toUInt8(indexOf(names, step)), reached, entered)]
                )) AS each
            FROM
            (
                -- A few rows for each part: of ads by currency, of people and deals by what became of them.
                SELECT
                    part,
                    step,
                    if(step = 'ad', f.currency, '') AS currency,
                    if(step = 'ad', f.day, toDate(0)) AS cost_day,
                    outcome,
                    reason,
                    sum(f.impressions) AS impressions,
                    sum(f.clicks) AS clicks,
                    sum(f.visits) AS visits,
                    sum(f.cost) AS cost,
                    sum(f.reached) AS reached,
                    sum(f.visitors + f.leads + f.mqls + f.sales_qualified + f.opportunities + f.pocs + f.won)
                        AS entered,
                    quantileExactStateIf(0.5)(ifNull(days_to_next, 0), isNotNull(days_to_next)) AS days
                FROM
                (
                    SELECT
                        f.*,
                        multiIf(f.{by:Identifier} != '', f.{by:Identifier}, f.step = 'ad', '(unallocated)', '(none)') AS part
                    FROM
                    (
                        SELECT
                            *,
                            day AS period_day,
                            '(all)' AS total,
                            attributes[{attribute:String}] AS attribute,
                            formatDateTime({mode:Identifier}_day, '%Y-%m') AS month
                        FROM {{funnel_counts}}
                    ) AS f
                    WHERE f.{mode:Identifier}_day BETWEEN {from:Date} AND {to:Date}
                        -- Nobody comes before the day since which all that they do is counted.
                        AND (f.step != 'visit' OR f.day >= {from:Date})
                        AND {channel:String} IN ('', f.channel)
                        AND {platform:String} IN ('', f.platform)
                        AND {campaign:String} IN ('', f.campaign)
                        AND {keyword:String} IN ('', f.keyword)
                        AND {owner:String} IN ('', f.owner)
                        AND {region:String} IN ('', f.region)
                        AND {industry:String} IN ('', f.industry)
                ) AS f
                GROUP BY part, step, currency, cost_day, outcome, reason
            ) AS c
            LEFT JOIN exchange_rates_into(currency = {currency:String}) AS r
                ON c.cost_day = r.day AND c.currency = r.currency
        )
        GROUP BY part, place
    )
    GROUP BY part
    ORDER BY steps[5].2 DESC, steps[3].2 DESC, part
    LIMIT {limit:UInt32}
)
ARRAY JOIN
    steps AS s,
    arrayEnumerate(steps) AS number,
    arrayPushFront(arrayPopBack(arrayMap(each -> each.2, steps)), 0) AS before
ORDER BY steps[5].2 DESC, steps[3].2 DESC, part, number
