-- What has to be told, day by day: places that are new or cost another sum than was known, and those that are gone.
-- Of a day of which nothing was told at all nothing is gone, unless that is believed.
SELECT
    0 AS is_gone, summed.day, summed.account, summed.campaign, summed.campaign_id, summed.ad_group, summed.ad_group_id,
    summed.keyword, summed.keyword_id, summed.match_type, summed.device, summed.currency, summed.impressions,
    summed.clicks, summed.cost
FROM summed
LEFT JOIN known ON known.key = summed.key
WHERE (known.key IS NULL AND (summed.impressions > 0 OR summed.clicks > 0 OR summed.cost > 0))
    OR known.impressions != summed.impressions OR known.clicks != summed.clicks OR known.cost != summed.cost
    OR known.currency != summed.currency
UNION ALL
SELECT
    1, known.day, known.account, known.campaign, known.campaign_id, known.ad_group, known.ad_group_id, known.keyword,
    known.keyword_id, known.match_type, known.device, known.currency, 0, 0, 0
FROM known
WHERE NOT EXISTS (SELECT 1 FROM summed WHERE summed.key = known.key)
    AND (known.impressions > 0 OR known.clicks > 0 OR known.cost > 0)
    AND (:believed OR known.day IN (SELECT DISTINCT day FROM pulled))
ORDER BY 2, 1, 4, 6, 8
