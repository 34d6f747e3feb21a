-- How many facts did each source tell of each day, and how long is it silent?
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- ~ lines: day; facts; source
SELECT kind, source, day, d.facts AS facts, round(days_silent, 1) AS days_silent
FROM source_days AS d
INNER JOIN (SELECT kind, source, days_silent FROM source_freshness WHERE kind != 'ad_costs') AS f ON d.source = f.source
WHERE day BETWEEN {from:Date} AND {to:Date}
ORDER BY kind, source, day
