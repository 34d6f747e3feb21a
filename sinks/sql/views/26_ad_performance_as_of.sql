-- What ad platforms had reported then: the table ad_performance at a time, ad_performance_as_of(as_of='2026-10-05 09:00:00').
-- Grain: one row per platform, account, campaign, ad group, keyword with its id, match type, device and day of which anything had been reported then.
-- Columns: those of the table ad_performance that other views read.
-- When Leadtrace learnt of a report decides. What was reported anew since then is told by the facts of before.
CREATE OR REPLACE VIEW ad_performance_as_of
AS WITH
    toDateTime({as_of:String}, '{{timezone}}') AS then,
    reported_since AS
    (
        SELECT
            toString(platform), account, campaign, ad_group, keyword, keyword_id, toString(match_type), toString(device),
            day
        FROM ad_performance FINAL
        WHERE received_at > then
    )
SELECT
    toString(platform) AS platform, account, campaign, campaign_id, ad_group, ad_group_id, keyword, keyword_id,
    toString(match_type) AS match_type, toString(device) AS device, day, impressions, clicks, cost_micros,
    toString(currency) AS currency
FROM ad_performance FINAL
WHERE received_at <= then
UNION ALL
SELECT
    told.1, told.2, told.3, JSONExtractString(newest, 'campaign_id'), told.4, JSONExtractString(newest, 'ad_group_id'),
    told.5, told.6, told.7, told.8, told.9, JSONExtractUInt(newest, 'impressions'), JSONExtractUInt(newest, 'clicks'),
    JSONExtractUInt(newest, 'cost_micros'), JSONExtractString(newest, 'currency')
FROM
(
    SELECT told, argMax(payload, (JSONExtractUInt(payload, 'reported_at'), version)) AS newest
    FROM
    (
        SELECT
            payload,
            version,
            (
                JSONExtractString(payload, 'platform'), JSONExtractString(payload, 'account'),
                JSONExtractString(payload, 'campaign'), JSONExtractString(payload, 'ad_group'),
                JSONExtractString(payload, 'keyword'), JSONExtractString(payload, 'keyword_id'),
                JSONExtractString(payload, 'match_type'), JSONExtractString(payload, 'device'),
                toDate(JSONExtractString(payload, 'day'))
            ) AS told
        FROM events FINAL
        PREWHERE type = 'ad_performance_reported'
        WHERE received_at <= then
    )
    WHERE told IN reported_since
    GROUP BY told
)
COMMENT 'What ad platforms had reported then, as it could be shown at as_of, a time in {{timezone}}';
