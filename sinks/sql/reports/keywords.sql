-- Which keyword brought the leads, the deals and the revenue, and what did it cost?
-- model = first | last: which touch earns the credit
-- from = 1970-01-01: first day, of cost and of what was earned
-- to = 2099-12-31: last day
-- limit = 50: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > leads: people who became a lead, by the touch that the model credits
-- > mqls: people who became marketing qualified
-- > sales_qualified: people who became sales qualified
-- > opportunities: deals opened
-- > pocs: deals that came to a proof of concept
-- > won: deals won
-- > revenue: amount of the won deals in units of the currency
-- > cac: cost for each won deal; empty without either, and where cost or won deals are in several currencies
-- > roi: revenue less cost, for each unit of cost; empty without cost, and where CAC is for its currencies
-- ~ bars: platform, campaign, keyword; won, leads, revenue
SELECT
    platform,
    campaign,
    ad_group,
    keyword,
    p.impressions AS impressions,
    p.clicks AS clicks,
    p.cost AS cost,
    p.currency AS currency,
    if(p.currency = main, leads_of_keyword, 0) AS leads,
    if(p.currency = main, mqls_of_keyword, 0) AS mqls,
    if(p.currency = main, sales_qualified_of_keyword, 0) AS sales_qualified,
    p.opportunities AS opportunities,
    p.pocs AS pocs,
    p.won AS won,
    p.revenue AS revenue,
    if(won = 0 OR cost = 0 OR currencies > 1, NULL, toFloat64(cost) / won) AS cac,
    if(cost = 0 OR currencies > 1, NULL, (toFloat64(revenue) - toFloat64(cost)) / toFloat64(cost)) AS roi
FROM
(
    -- People have no currency: they stand in the row of the one that most of the keyword's ads and deals have.
    SELECT
        *,
        first_value(currency) OVER (
            PARTITION BY platform, campaign, ad_group, keyword
            ORDER BY currency = '', impressions DESC, opportunities DESC, currency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS main,
        countIf(cost > 0 OR won > 0) OVER of_keyword AS currencies,
        sum(leads) OVER of_keyword AS leads_of_keyword,
        sum(mqls) OVER of_keyword AS mqls_of_keyword,
        sum(sales_qualified) OVER of_keyword AS sales_qualified_of_keyword
    FROM
    (
        SELECT
            platform,
            campaign,
            ad_group,
            keyword,
            k.currency AS currency,
            sum(k.impressions) AS impressions,
            sum(k.clicks) AS clicks,
            sum(k.cost) AS cost,
            sum(if({model:String} = 'last', leads_last, leads_first)) AS leads,
            sum(if({model:String} = 'last', mql_last, mql_first)) AS mqls,
            sum(if({model:String} = 'last', sales_qualified_last, sales_qualified_first)) AS sales_qualified,
            sum(if({model:String} = 'last', opportunities_last, opportunities_first)) AS opportunities,
            sum(if({model:String} = 'last', pocs_last, pocs_first)) AS pocs,
            sum(if({model:String} = 'last', won_last, won_first)) AS won,
            sum(if({model:String} = 'last', revenue_last, revenue_first)) AS revenue
        FROM {{keyword_performance}} AS k
        WHERE day BETWEEN {from:Date} AND {to:Date}
        GROUP BY platform, campaign, ad_group, keyword, currency
    )
    WINDOW of_keyword AS (PARTITION BY platform, campaign, ad_group, keyword)
) AS p
WHERE p.currency = main OR p.impressions + p.clicks + p.opportunities + p.pocs + p.won > 0 OR p.cost > 0 OR p.revenue > 0
ORDER BY revenue DESC, won DESC, leads DESC, cost DESC, platform, campaign, ad_group, keyword, p.currency
LIMIT {limit:UInt32}
