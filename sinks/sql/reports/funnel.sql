-- How many came how far, from impression to won deal, by channel?
-- mode = period | cohort: count on the day something happened, or on that since which the person or the deal is known
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- ~ totals: impressions, clicks, visits, leads, mqls, sales_qualified, opportunities, pocs, won
-- ~ bars: channel; leads, won, revenue
SELECT
    channel,
    p.impressions AS impressions,
    p.clicks AS clicks,
    p.cost AS cost,
    if(p.currency = main, visits_of_channel, 0) AS visits,
    if(p.currency = main, leads_of_channel, 0) AS leads,
    if(p.currency = main, mqls_of_channel, 0) AS mqls,
    if(p.currency = main, sales_qualified_of_channel, 0) AS sales_qualified,
    p.opportunities AS opportunities,
    p.pocs AS pocs,
    p.won AS won,
    p.revenue AS revenue,
    p.currency AS currency
FROM
(
    -- People have no currency: they stand in the row of the one that most of the channel's ads and deals have.
    SELECT
        *,
        first_value(currency) OVER (
            PARTITION BY channel
            ORDER BY currency = '', impressions DESC, opportunities DESC, currency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS main,
        sum(visits) OVER of_channel AS visits_of_channel,
        sum(leads) OVER of_channel AS leads_of_channel,
        sum(mqls) OVER of_channel AS mqls_of_channel,
        sum(sales_qualified) OVER of_channel AS sales_qualified_of_channel
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
WHERE p.currency = main OR p.impressions + p.clicks + p.opportunities + p.pocs + p.won > 0 OR p.cost > 0 OR p.revenue > 0
ORDER BY leads_of_channel DESC, visits_of_channel DESC, channel, p.currency != main, p.currency
