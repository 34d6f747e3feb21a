-- What cost something by what was known, and of which nothing was told now: whole days, and campaigns of others.
SELECT DISTINCT day, if_told.campaign
FROM
(
    SELECT
        day, campaign_id, impressions + clicks + cost AS shown, campaign AS name,
        iif(day IN (SELECT day FROM pulled), campaign, '') AS campaign,
        day IN (SELECT day FROM pulled) AS is_told
    FROM known
) AS if_told
WHERE shown > 0 AND (
    NOT is_told
    OR (
        NOT :covers_all
        AND (day, name) NOT IN (SELECT day, campaign FROM pulled)
        AND (day, campaign_id) NOT IN (SELECT day, campaign_id FROM pulled WHERE campaign_id != '')
    )
)
ORDER BY day, if_told.campaign
