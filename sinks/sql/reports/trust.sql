-- How far can the numbers be trusted: how fresh is each source, how much is not known, what is missing?
-- Counts are of leads, deals, visits and costs of the days asked for; freshness, dead letters and what is missing are of now.
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- > area: freshness, maturity, completeness, currencies, waiting or missing
-- > what: which source, share or part it is about
-- > concerned: how many leads, deals, visits, rows of costs or records it concerns
-- > of_all: of how many
-- > share: the one divided by the other
-- > newest_at: of a source, when the newest that it told happened; of ad costs, the last day that has any
-- > learnt_at: of a source, when it was heard of last
-- > says: the same in words, with what to do
-- ~ bars: what; share
SELECT area, what, concerned, of_all, round(concerned / nullIf(of_all, 0), 4) AS share, newest_at, learnt_at, says
FROM
(
    SELECT
        'freshness' AS area,
        concat(kind, ': ', source) AS what,
        CAST(NULL AS Nullable(UInt64)) AS concerned,
        CAST(NULL AS Nullable(UInt64)) AS of_all,
        toNullable(f.newest_at) AS newest_at,
        toNullable(f.newest_received_at) AS learnt_at,
        concat('last heard of ', toString(toUInt32(floor(days_silent))), ' days ago') AS says,
        1 AS place
    FROM source_freshness AS f
    UNION ALL
    SELECT
        multiIf(measure = 'leads_too_young', 'maturity', measure LIKE '%currency', 'currencies', 'completeness'),
        measure,
        sum(t.concerned),
        sum(t.of_all),
        NULL,
        NULL,
        transform(
            measure,
            [
                'leads_unattributed', 'leads_direct', 'leads_too_young', 'deals_unattributed', 'deals_direct',
                'deals_without_currency', 'visits_direct', 'people_with_macros', 'costs_without_keyword',
                'costs_without_currency'
            ],
            [
                'leads with no touchpoint before: their channel is (none)',
                'leads whose first touch is direct: nobody knows what brought it',
                'leads known for less time than half of the won deals took: more of them will be won',
                'deals with no touchpoint before: their channel is (none)',
                'deals whose first touch is direct: nobody knows what brought it',
                'deals whose currency is not known: they stand in rows without one',
                'visits that are direct: tag the links in mails, articles and messengers',
                'people who came with a placeholder that an ad platform should have filled in: see report data_quality',
                'rows of costs for which the platform names no keyword: they are (unallocated)',
                'rows of costs whose report names no currency'
            ],
            ''
        ),
        2
    FROM trust_by_day AS t
    WHERE day BETWEEN {from:Date} AND {to:Date}
    GROUP BY measure
    UNION ALL
    SELECT
        'currencies',
        concat('deals in ', if(currency = '', 'an unknown currency', currency)),
        count(),
        sum(count()) OVER (),
        NULL,
        NULL,
        'deals opened; amounts of two currencies are never added up',
        3
    FROM conversions
    WHERE conversion = 'opportunity' AND day BETWEEN {from:Date} AND {to:Date}
    GROUP BY currency
    UNION ALL
    SELECT
        'currencies',
        concat('costs in ', if(currency = '', 'an unknown currency', currency)),
        count(),
        sum(count()) OVER (),
        NULL,
        NULL,
        'rows of costs; amounts of two currencies are never added up',
        4
    FROM ad_costs
    WHERE cost_micros > 0 AND day BETWEEN {from:Date} AND {to:Date}
    GROUP BY currency
    UNION ALL
    SELECT
        'waiting', 'dead letters', sum(waiting), NULL, NULL, NULL,
        'records that could not be understood and can be sent again: see report dead_letters_waiting', 5
    FROM dead_letters_waiting
    UNION ALL
    SELECT 'missing', missing.1, NULL, NULL, NULL, NULL, missing.2, 6
    FROM
    (
        SELECT arrayJoin(arrayFilter(each -> each.3 = 0, [
            (
                'website',
                'no website: send its page views and forms to the collector to see visits, channels, keywords and content; report crm_sources goes by the words of the CRM',
                (SELECT count() FROM source_freshness WHERE kind = 'website')
            ),
            (
                'CRM',
                'no CRM: leadtrace import crm FILE, or a webhook, to see MQL, deals, won and revenue',
                (SELECT count() FROM source_freshness WHERE kind = 'crm')
            ),
            (
                'ad costs',
                'no ad costs: leadtrace import sem FILE to see impressions, clicks, cost, CAC and ROI',
                (SELECT count() FROM source_freshness WHERE kind = 'ad_costs')
            )
        ])) AS missing
    )
)
ORDER BY place, area, what
