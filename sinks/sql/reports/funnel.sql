-- How many came how far, from impression to won deal, by channel?
-- mode = period | cohort: count on the day something happened, or on that since which the person or the deal is known
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
SELECT
    channel,
    sum(p.impressions) AS impressions,
    sum(p.clicks) AS clicks,
    sum(p.cost) AS cost,
    sum(p.visits) AS visits,
    sum(p.leads) AS leads,
    sum(p.mqls) AS mqls,
    sum(p.sales_qualified) AS sales_qualified,
    sum(p.opportunities) AS opportunities,
    sum(p.pocs) AS pocs,
    sum(p.won) AS won,
    sum(p.revenue) AS revenue,
    money AS currency
FROM
(
    -- People have no currency. Where there is only one, they stand in its row; else each has a row of its own.
    SELECT
        *,
        if(countIf(currency != '') OVER of_channel = 1, max(currency) OVER of_channel, currency) AS money,
        sum(leads) OVER of_channel AS leads_of_channel,
        sum(visits) OVER of_channel AS visits_of_channel
    FROM
    (
        SELECT
            channel,
            f.currency AS currency,
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
        FROM funnel_by_{mode:Identifier} AS f
        WHERE day BETWEEN {from:Date} AND {to:Date}
        GROUP BY channel, currency
    )
    WINDOW of_channel AS (PARTITION BY channel)
) AS p
GROUP BY channel, money
ORDER BY any(leads_of_channel) DESC, any(visits_of_channel) DESC, channel, money
