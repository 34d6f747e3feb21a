-- What each place of each day comes to: its rows, which differ by ids that are no part of it, added up.
INSERT INTO summed
SELECT
    key, day, account, campaign, max(campaign_id), ad_group, max(ad_group_id), keyword, keyword_id, match_type, device,
    max(currency), sum(impressions), sum(clicks), sum(cost)
FROM pulled
WHERE NOT is_whole
GROUP BY key;

-- What a campaign cost and none of its rows accounts for: ads without keywords, and searches that are too rare.
INSERT INTO summed
SELECT
    whole.key, whole.day, whole.account, whole.campaign, whole.campaign_id, '', '', '', '', '', '', whole.currency,
    max(0, whole.impressions - coalesce(told.impressions, 0)), max(0, whole.clicks - coalesce(told.clicks, 0)),
    max(0, whole.cost - coalesce(told.cost, 0))
FROM
(
    SELECT
        key, day, account, campaign, max(campaign_id) AS campaign_id, max(currency) AS currency,
        sum(impressions) AS impressions, sum(clicks) AS clicks, sum(cost) AS cost
    FROM pulled
    WHERE is_whole
    GROUP BY key
) AS whole
LEFT JOIN
(
    SELECT
        day, campaign, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(cost) AS cost
    FROM pulled
    WHERE NOT is_whole
    GROUP BY day, campaign
) AS told ON told.day = whole.day AND told.campaign = whole.campaign
WHERE whole.impressions > coalesce(told.impressions, 0) OR whole.clicks > coalesce(told.clicks, 0)
    OR whole.cost > coalesce(told.cost, 0)
ON CONFLICT (key) DO UPDATE SET
    impressions = impressions + excluded.impressions, clicks = clicks + excluded.clicks, cost = cost + excluded.cost;
