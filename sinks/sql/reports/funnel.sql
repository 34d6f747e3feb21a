-- How many came how far, from impression to won deal, by channel?
-- mode = period | cohort: count on the day something happened, or on that of the first touch
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
SELECT
    channel,
    sum(f.impressions) AS impressions,
    sum(f.clicks) AS clicks,
    sum(f.cost) AS cost,
    sum(f.visits) AS visits,
    sum(f.leads) AS leads,
    sum(f.mqls) AS mqls,
    sum(f.sales_qualified) AS sales_qualified,
    sum(f.opportunities) AS opportunities,
    sum(f.pocs) AS pocs,
    sum(f.won) AS won,
    sum(f.revenue) AS revenue
FROM funnel AS f
WHERE mode = {mode:String} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY channel
ORDER BY leads DESC, visits DESC, channel
