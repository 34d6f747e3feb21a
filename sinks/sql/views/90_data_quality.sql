-- What to look into before trusting a number: what could not be understood, and what is incomplete.
CREATE OR REPLACE VIEW data_quality
(
    area String COMMENT 'Where: journeys, opportunities, dead_letters or ad_performance',
    issue String COMMENT 'What: a short code, sometimes with the words in question',
    rows UInt64 COMMENT 'How many persons, deals, records or rows it concerns',
    example String COMMENT 'One of them: a person, a deal, or topic/partition/offset'
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
FROM credits
WHERE conversion = 'opportunity' AND model = 'first' AND touchpoint = ''
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
SELECT 'dead_letters', concat(topic, ': ', reason), count(), min(concat(topic, '/', toString(partition), '/', toString(offset)))
FROM dead_letters FINAL
GROUP BY topic, reason
COMMENT 'What to look into before trusting a number: what could not be understood, and what is incomplete';
