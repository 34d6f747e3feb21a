-- Days that cost something by what was known, and of which nothing was told now.
SELECT DISTINCT day
FROM known
WHERE (impressions > 0 OR clicks > 0 OR cost > 0) AND day NOT IN (SELECT day FROM pulled)
ORDER BY day
