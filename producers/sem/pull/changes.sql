-- What has to be told, day by day: places that are new or cost another sum than was known, and those that are gone.
-- Of a day of which nothing was told at all nothing is gone, nor of a campaign that the answer may not be about.
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
    1, day, account, campaign, campaign_id, ad_group, ad_group_id, keyword, keyword_id, match_type, device, currency,
    0, 0, 0
FROM known
WHERE key NOT IN (SELECT key FROM summed)
    AND (impressions > 0 OR clicks > 0 OR cost > 0)
    AND (
        :believed
        OR (:covers_all AND day IN (SELECT day FROM pulled))
        OR (day, campaign) IN (SELECT day, campaign FROM pulled)
        OR (day, campaign_id) IN (SELECT day, campaign_id FROM pulled WHERE campaign_id != '')
    )
ORDER BY 2, 1, 4, 6, 8
