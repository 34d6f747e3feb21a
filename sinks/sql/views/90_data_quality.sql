-- What to look into before trusting a number: what could not be understood, and what is incomplete.
-- Grain: one row per area and issue.
-- Kept by: area, issue
CREATE OR REPLACE VIEW data_quality
(
    area String COMMENT 'Where: journeys, accounts, opportunities, ad_performance, events or dead_letters',
    issue String COMMENT 'What: a short code, sometimes with the words in question',
    rows UInt64 COMMENT 'How many persons, domains, deals, rows, facts or records it concerns',
    example String COMMENT 'One of them: a person, a domain, a deal, a row, the event id of a fact, or topic/partition/offset'
)
AS SELECT 'journeys' AS area, arrayJoin(issues) AS issue, count() AS rows, min(person) AS example
FROM journeys FINAL
GROUP BY issue
UNION ALL
SELECT 'journeys', 'truncated', count(), min(person)
FROM journeys FINAL
WHERE truncated
HAVING count() > 0
UNION ALL
SELECT 'journeys', 'bot_visits', countIf(has(touchpoints.is_bot, true)) AS found, minIf(person, has(touchpoints.is_bot, true))
FROM journeys FINAL
HAVING found > 0
UNION ALL
SELECT 'opportunities', arrayJoin(issues) AS issue, count(), min(deal)
FROM opportunities FINAL
GROUP BY issue
UNION ALL
SELECT 'opportunities', 'no_touchpoint_before', count(), min(deal)
FROM conversions
WHERE conversion = 'opportunity' AND first_touchpoint = ''
HAVING count() > 0
UNION ALL
SELECT 'opportunities', concat('currency:', currency), count(), min(deal)
FROM opportunities FINAL
WHERE amount_minor > 0 AND (SELECT uniqExact(currency) FROM opportunities FINAL WHERE amount_minor > 0) > 1
GROUP BY currency
UNION ALL
SELECT 'ad_performance', 'cost_without_keyword', count(), min(concat(platform, '/', campaign, '/', toString(day)))
FROM ad_performance FINAL
WHERE keyword = '' AND cost_micros > 0
HAVING count() > 0
UNION ALL
SELECT 'ad_performance', concat('currency:', currency), count(), min(concat(platform, '/', campaign, '/', toString(day)))
FROM ad_performance FINAL
WHERE cost_micros > 0 AND (SELECT uniqExact(currency) FROM ad_performance FINAL WHERE cost_micros > 0) > 1
GROUP BY currency
UNION ALL
SELECT 'opportunities', 'no_account', count(), min(deal)
FROM deals
WHERE account = ''
HAVING count() > 0
UNION ALL
-- The CRM names an account of the deal that it names of nobody, so the company may stand here by its domain as well.
SELECT 'opportunities', 'account_of_nobody', count(), min(deal)
FROM deals
WHERE account_by = 'crm' AND account NOT IN (SELECT account FROM account_names)
HAVING count() > 0
UNION ALL
-- Subsidiaries, one company entered twice, or several CRMs whose accounts can't be matched.
SELECT 'accounts', 'domain_of_several_accounts', count(), min(name)
FROM account_names
WHERE name = domain AND accounts > 1
HAVING count() > 0
UNION ALL
-- What the platform counts as a click, but nobody landed with.
SELECT 'events', concat('click_without_visit:', platform), count(), min(click)
FROM
(
    SELECT
        toString(event_id) AS click,
        JSONExtractString(payload, 'platform') AS platform,
        JSONExtractString(payload, 'click_id') AS click_id
    FROM events FINAL
    PREWHERE type = 'ad_clicked'
)
WHERE click_id NOT IN
(
    -- A touchpoint keeps the name of the parameter as well: bd_vid=….
    SELECT DISTINCT substring(carried, position(carried, '=') + 1)
    FROM journeys FINAL
    ARRAY JOIN arrayFlatten(touchpoints.click_ids) AS carried
)
GROUP BY platform
UNION ALL
-- A link has the time of the fact that it was derived from.
SELECT 'events', concat(wrong, ':', type), count(), min(toString(event_id))
FROM
(
    SELECT
        event_id,
        type,
        multiIf(
            occurred_at > received_at + INTERVAL 1 DAY, 'happened_after_received',
            occurred_at < toDateTime64('2000-01-01', 3, 'UTC'), 'happened_before_2000',
            ''
        ) AS wrong
    FROM events FINAL
    WHERE source != 'leadtrace'
)
WHERE wrong != ''
GROUP BY wrong, type
UNION ALL
SELECT 'events', concat(wrong, ':lead_created_at'), count(), min(lead)
FROM
(
    SELECT
        toString(event_id) AS lead,
        fromUnixTimestamp64Milli(JSONExtract(payload, 'created_at', 'Nullable(Int64)'), 'UTC') AS created_at,
        multiIf(
            created_at > received_at + INTERVAL 1 DAY, 'happened_after_received',
            created_at < toDateTime64('2000-01-01', 3, 'UTC'), 'happened_before_2000',
            ''
        ) AS wrong
    FROM events FINAL
    PREWHERE type = 'lead_recorded'
)
WHERE wrong != ''
GROUP BY wrong
UNION ALL
SELECT 'events', 'merged_record_never_seen', count(), min(merge)
FROM
(
    SELECT
        toString(event_id) AS merge,
        arrayJoin(JSONExtract(payload, 'merged', 'Array(String)')) AS merged
    FROM events FINAL
    PREWHERE type = 'lead_merged'
)
WHERE merged NOT IN
(
    SELECT subject FROM events FINAL PREWHERE type IN ('lead_recorded', 'stage_changed', 'followed_up')
)
HAVING count() > 0
UNION ALL
-- What was sent again is no longer one.
SELECT 'dead_letters', concat(topic, ': ', reason), count(), min(concat(topic, '/', toString(partition), '/', toString(offset)))
FROM dead_letter_states
WHERE state != 'redriven'
GROUP BY topic, reason
COMMENT 'What to look into before trusting a number: what could not be understood, and what is incomplete';
