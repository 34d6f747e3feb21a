-- Which platform, account, campaign, ad group, keyword or search term cost how much, and what did it bring or may still bring?
-- level = keyword | platform | account | campaign | ad_group | search_term: how far down to go
-- model = first: first, last, last_non_direct, linear, position_40_20_40, u_40_40_20, u_50_50, w_shaped, full_path, time_decay, or one of the policy
-- mode = period | cohort: count on the day something happened, or on that since which the person or the deal is known
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- platform = : only this ad platform
-- account = : only this ad account
-- campaign = : only this campaign (计划)
-- ad_group = : only this ad group (单元)
-- keyword = : only this keyword (关键词)
-- currency = : only this currency
-- into = : one currency for all, by the rate of each day, for example CNY; empty: each in its own
-- limit = 50: number of rows
-- > ctr: Clicks as a share of impressions; empty without any
-- > cpc: Cost of a click; empty without any
-- > leads: People who became a lead; people stand in the row of the currency that most of the ads and deals have
-- > cost_per_lead: Cost for each lead; empty without either, and where cost is in several currencies
-- > expected_won: Deals won, and of open leads and deals those that will be on average, by how those before them ended
-- > expected_revenue: Revenue, and of each open deal its amount times its chance; what open leads may bring is not in it
-- > cac: Cost for each won deal; empty without either, and where cost or won deals are in several currencies
-- > roas: Revenue for each unit of cost, which is what 投产比 and the ROI of Chinese ad platforms mean: roi + 1
-- > roi: Revenue less cost, for each unit of cost; empty without cost, and where CAC is for its currencies
-- > expected_roi: The same with the expected revenue
-- ~ bars: platform, campaign, keyword; won, expected_won, revenue, expected_revenue
SELECT
    platform,
    if(depth >= 2, account, NULL) AS account,
    if(depth >= 3, campaign, NULL) AS campaign,
    if(depth >= 4, ad_group, NULL) AS ad_group,
    if(depth >= 5, keyword, NULL) AS keyword,
    if(depth >= 6, search_term, NULL) AS search_term,
    p.currency AS currency,
    p.impressions AS impressions,
    p.clicks AS clicks,
    if(impressions = 0, NULL, clicks / impressions) AS ctr,
    p.cost AS cost,
    if(clicks = 0, NULL, toFloat64(cost) / clicks) AS cpc,
    if(p.currency = main, visits_of_place, 0) AS visits,
    if(p.currency = main, leads_of_place, 0) AS leads,
    if(leads = 0 OR cost = 0 OR paid_currencies > 1, NULL, toFloat64(cost) / leads) AS cost_per_lead,
    if(p.currency = main, mqls_of_place, 0) AS mqls,
    if(p.currency = main, sales_qualified_of_place, 0) AS sales_qualified,
    p.opportunities AS opportunities,
    p.pocs AS pocs,
    p.won AS won,
    p.revenue AS revenue,
    if(p.currency = main, open_leads_of_place, 0) AS open_leads,
    p.open_deals AS open_deals,
    round(p.expected_won + if(p.currency = main AND p.currency != '', coming_of_people, 0), 2) AS expected_won,
    p.expected_revenue AS expected_revenue,
    if(won = 0 OR cost = 0 OR currencies > 1, NULL, toFloat64(cost) / won) AS cac,
    if(cost = 0 OR currencies > 1, NULL, toFloat64(revenue) / toFloat64(cost)) AS roas,
    if(cost = 0 OR currencies > 1, NULL, (toFloat64(revenue) - toFloat64(cost)) / toFloat64(cost)) AS roi,
    if(cost = 0 OR open_currencies > 1, NULL, (toFloat64(expected_revenue) - toFloat64(cost)) / toFloat64(cost))
        AS expected_roi
FROM
(
    -- People have no currency: they stand in the row of the one that most of the ads and deals have.
    SELECT
        *,
        first_value(currency) OVER (
            PARTITION BY platform, account, campaign, ad_group, keyword, search_term
            ORDER BY currency = '', impressions DESC, opportunities DESC, currency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS main,
        countIf(cost > 0) OVER of_place AS paid_currencies,
        countIf(cost > 0 OR won > 0) OVER of_place AS currencies,
        countIf(cost > 0 OR won > 0 OR open_deals > 0) OVER of_place AS open_currencies,
        impressions + clicks > 0 OR cost > 0 OR revenue > 0 OR opportunities + pocs + won + open_deals > 0 AS has_own_row,
        sum(visits) OVER of_place AS visits_of_place,
        sum(leads) OVER of_place AS leads_of_place,
        sum(mqls) OVER of_place AS mqls_of_place,
        sum(sales_qualified) OVER of_place AS sales_qualified_of_place,
        sum(open_leads) OVER of_place AS open_leads_of_place,
        -- Where deals or cost have no currency either, what may come of people stays with them.
        sumIf(expected_won, currency = '' AND NOT has_own_row) OVER of_place AS coming_of_people
    FROM
    (
        WITH indexOf(
            ['platform', 'account', 'campaign', 'ad_group', 'keyword', 'search_term'], {level:String}
        ) AS deep,
        {into:String} NOT IN ('', k.currency) AND r.rate > 0 AS is_converted
        SELECT
            deep AS depth,
            k.platform AS platform,
            if(deep >= 2, k.account, '') AS account,
            if(deep >= 3, k.campaign, '') AS campaign,
            if(deep >= 4, k.ad_group, '') AS ad_group,
            if(deep >= 5, k.keyword, '') AS keyword,
            if(deep >= 6, k.search_term, '') AS search_term,
            if(is_converted, {into:String}, k.currency) AS currency,
            sum(k.impressions) AS impressions,
            sum(k.clicks) AS clicks,
            sum(if(is_converted, toDecimal128(round(toDecimal256(k.cost, 6) * toDecimal256(r.rate, 18), 6), 6), k.cost)) AS cost,
            sum(k.visits) AS visits,
            sum(k.leads) AS leads,
            sum(k.mqls) AS mqls,
            sum(k.sales_qualified) AS sales_qualified,
            sum(k.opportunities) AS opportunities,
            sum(k.pocs) AS pocs,
            sum(k.won) AS won,
            sum(if(is_converted, toDecimal128(round(toDecimal256(k.revenue, 2) * toDecimal256(r.rate, 18), 2), 2), k.revenue)) AS revenue,
            sum(k.open_leads) AS open_leads,
            sum(k.open_deals) AS open_deals,
            sum(k.expected_won) AS expected_won,
            sum(if(is_converted, toDecimal128(round(toDecimal256(k.expected_revenue, 2) * toDecimal256(r.rate, 18), 2), 2), k.expected_revenue)) AS expected_revenue
        FROM keyword_pnl_by(model = {model:String}, mode = {mode:String}) AS k
        LEFT JOIN exchange_rates_into(currency = {into:String}) AS r ON k.day = r.day AND k.currency = r.currency
        WHERE k.day BETWEEN {from:Date} AND {to:Date}
            AND {platform:String} IN ('', k.platform)
            AND {account:String} IN ('', k.account)
            AND {campaign:String} IN ('', k.campaign)
            AND {ad_group:String} IN ('', k.ad_group)
            AND {keyword:String} IN ('', k.keyword)
        GROUP BY depth, platform, account, campaign, ad_group, keyword, search_term, currency
    )
    WINDOW of_place AS (PARTITION BY platform, account, campaign, ad_group, keyword, search_term)
) AS p
WHERE {currency:String} IN ('', p.currency)
    AND (p.currency = main OR has_own_row)
ORDER BY
    platform = '', revenue DESC, won DESC, leads DESC, cost DESC, platform, account, campaign, ad_group, keyword,
    search_term, p.currency
LIMIT {limit:UInt32}
