-- Which keyword brought the leads, the deals and the revenue, and what did it cost?
-- model = first | last: which touch earns the credit
-- limit = 50: number of rows
SELECT
    platform,
    campaign,
    ad_group,
    keyword,
    impressions,
    clicks,
    cost,
    currency,
    if({model:String} = 'last', leads_last, leads_first) AS leads,
    if({model:String} = 'last', mql_last, mql_first) AS mqls,
    if({model:String} = 'last', sales_qualified_last, sales_qualified_first) AS sales_qualified,
    if({model:String} = 'last', opportunities_last, opportunities_first) AS opportunities,
    if({model:String} = 'last', pocs_last, pocs_first) AS pocs,
    if({model:String} = 'last', won_last, won_first) AS won,
    if({model:String} = 'last', revenue_last, revenue_first) AS revenue,
    if({model:String} = 'last', cac_last, cac_first) AS cac,
    if({model:String} = 'last', roi_last, roi_first) AS roi
FROM keyword_performance
ORDER BY revenue DESC, won DESC, leads DESC, cost DESC, platform, campaign, ad_group, keyword
LIMIT {limit:UInt32}
