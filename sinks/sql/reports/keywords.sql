-- Which keyword brought the leads, the deals and the revenue, and what did it cost?
-- model = first | last: which touch earns the credit
-- from = 1970-01-01: first day, of cost and of what was earned
-- to = 2099-12-31: last day
-- limit = 50: number of rows
SELECT
    platform,
    campaign,
    ad_group,
    keyword,
    sum(p.impressions) AS impressions,
    sum(p.clicks) AS clicks,
    sum(p.cost) AS cost,
    money AS currency,
    sum(p.leads) AS leads,
    sum(p.mqls) AS mqls,
    sum(p.sales_qualified) AS sales_qualified,
    sum(p.opportunities) AS opportunities,
    sum(p.pocs) AS pocs,
    sum(p.won) AS won,
    sum(p.revenue) AS revenue,
    if(won = 0 OR any(currencies) > 1, NULL, toFloat64(cost) / won) AS cac,
    if(cost = 0 OR any(currencies) > 1, NULL, (toFloat64(revenue) - toFloat64(cost)) / toFloat64(cost)) AS roi
FROM
(
    -- People have no currency. Where there is only one, they stand in its row; else each has a row of its own.
    SELECT
        *,
        countIf(currency != '') OVER of_keyword AS currencies,
        if(currencies = 1, max(currency) OVER of_keyword, currency) AS money
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
        FROM keyword_performance AS k
        WHERE day BETWEEN {from:Date} AND {to:Date}
        GROUP BY platform, campaign, ad_group, keyword, currency
    )
    WINDOW of_keyword AS (PARTITION BY platform, campaign, ad_group, keyword)
) AS p
GROUP BY platform, campaign, ad_group, keyword, money
ORDER BY revenue DESC, won DESC, leads DESC, cost DESC, platform, campaign, ad_group, keyword, money
LIMIT {limit:UInt32}
