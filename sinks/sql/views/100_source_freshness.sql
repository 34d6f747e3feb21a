-- How fresh each source is: what it told last, and when that was learnt; of ad costs, up to which day they are known.
-- Grain: one row per source of facts, and one per ad platform and account with costs.
CREATE OR REPLACE VIEW source_freshness
(
    kind String COMMENT 'website, crm, ads (clicks, keywords and the import of costs), attendance (lists of events, calls, downloads and cards), rates (of currencies), other; ad_costs of a platform',
    source String COMMENT 'Which producer recorded it, as in events; of ad costs the platform, and the account behind a slash',
    newest_at DateTime64(3, 'UTC') COMMENT 'When the newest of it happened; of ad costs: the begin of the last day that has any',
    newest_received_at DateTime64(3, 'UTC') COMMENT 'When the newest of it was learnt; of ad costs: when the newest report was made',
    days_silent Float64 COMMENT 'Days from that which was learnt last to now'
)
AS SELECT
    multiIf(
        source IN (
            'collector', 'segment', 'rudderstack', 'jitsu', 'posthog', 'snowplow', 'matomo', 'sensors', 'ga4', 'links'
        ) OR startsWith(source, 'website'), 'website',
        startsWith(source, 'crm:'), 'crm',
        source = 'import:sem', 'ads',
        source IN ('import:attendance', 'import:calls', 'import:downloads', 'import:cards'), 'attendance',
        source = 'import:rates', 'rates',
        'other'
    ) AS kind,
    toString(events.source) AS source,
    -- A clock that runs ahead makes nothing fresher.
    max(least(occurred_at, received_at)) AS newest_at,
    max(received_at) AS newest_received_at,
    (toUnixTimestamp64Milli(now64(3, 'UTC')) - toUnixTimestamp64Milli(newest_received_at)) / 86400000 AS days_silent
-- Replaced ones, too: a source that repeats itself lives.
FROM events
WHERE source NOT IN ('leadtrace', 'cli')
GROUP BY source
UNION ALL
SELECT
    'ad_costs',
    if(account = '', toString(platform), concat(platform, '/', account)) AS name,
    toDateTime64(max(day), 3, '{{timezone}}') AS newest,
    max(reported_at) AS learnt,
    (toUnixTimestamp64Milli(now64(3, 'UTC')) - toUnixTimestamp64Milli(learnt)) / 86400000
FROM ad_performance FINAL
WHERE cost_micros > 0
GROUP BY name
COMMENT 'How fresh each source is: what it told last, and when that was learnt; of ad costs, up to which day they are known';
