-- How far the numbers of a day can be trusted: of how many leads, deals, visits and costs something is not known.
-- Grain: one row per day and measure; both counts can be summed over days.
-- Kept by: day
CREATE OR REPLACE VIEW trust_by_day
(
    day Date COMMENT 'Day in {{timezone}} of the lead, the opening of the deal, the visit, the first fact of the person; of costs the day of the ad account',
    measure String COMMENT 'leads_unattributed, leads_direct, leads_too_young, deals_unattributed, deals_direct, deals_without_currency, visits_direct, people_with_macros, costs_without_keyword or costs_without_currency',
    concerned UInt64 COMMENT 'How many leads, deals, visits, people or rows of costs it concerns',
    of_all UInt64 COMMENT 'Of how many'
)
AS WITH
    -- Until half of those that are won would have been.
    ifNull((SELECT quantileExact(0.5)(dateDiff('second', cohort_at, at)) FROM conversions WHERE conversion = 'won'), 0)
        AS cycle
SELECT day, counted.1 AS measure, counted.2 AS concerned, counted.3 AS of_all
FROM
(
    SELECT
        day,
        [
            ('leads_unattributed', countIf(conversion = 'lead' AND first_channel = '(none)'), leads),
            ('leads_direct', countIf(conversion = 'lead' AND first_channel = 'direct'), leads),
            ('leads_too_young', countIf(conversion = 'lead' AND dateDiff('second', cohort_at, now64(3, 'UTC')) < cycle), leads),
            ('deals_unattributed', countIf(conversion = 'opportunity' AND first_channel = '(none)'), deals),
            ('deals_direct', countIf(conversion = 'opportunity' AND first_channel = 'direct'), deals),
            ('deals_without_currency', countIf(conversion = 'opportunity' AND currency = ''), deals)
        ] AS counts,
        countIf(conversion = 'lead') AS leads,
        countIf(conversion = 'opportunity') AS deals
    FROM conversions
    WHERE conversion IN ('lead', 'opportunity')
    GROUP BY day
    UNION ALL
    SELECT day, [('visits_direct', countIf(channel = 'direct'), count())], 0, 0
    FROM touchpoints
    WHERE kind = 'visit'
    GROUP BY day
    UNION ALL
    SELECT
        day,
        [
            ('costs_without_keyword', countIf(keyword = ''), count()),
            ('costs_without_currency', countIf(currency = ''), count())
        ],
        0,
        0
    FROM ad_costs
    WHERE cost_micros > 0
    GROUP BY day
    UNION ALL
    SELECT day, [('people_with_macros', uniqExact(person), 0)], 0, 0
    FROM person_issues
    WHERE startsWith(issue, 'unexpanded_macro:')
    GROUP BY day
    UNION ALL
    SELECT first_day, [('people_with_macros', 0, count())], 0, 0
    -- As in persons, whose other columns would cost much more.
    FROM (SELECT toDate(first_at, '{{timezone}}') AS first_day FROM journeys FINAL WHERE facts > 0 AND toUnixTimestamp64Milli(first_at) > 0)
    GROUP BY first_day
)
ARRAY JOIN counts AS counted
WHERE counted.2 + counted.3 > 0
COMMENT 'How far the numbers of a day can be trusted: of how many leads, deals, visits and costs something is not known';
