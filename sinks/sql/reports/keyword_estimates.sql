-- How good is each keyword truly, as far as its few leads and deals can tell?
-- Rates are drawn towards those of the others under the same parent, the more the fewer leads there are; the true
-- value lies between low and high nine times in ten. What is still open counts as far as its end is known.
-- level = keyword | platform | account | campaign | ad_group | search_term: how far down to go
-- model = first: first, last, last_non_direct, linear, position_40_20_40, u_40_40_20, u_50_50, w_shaped, full_path, time_decay, or one of the policy
-- mode = cohort | period: count on the day since which the person or the deal is known, or on that something happened
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- platform = : only this ad platform
-- account = : only this ad account
-- campaign = : only this campaign (计划)
-- ad_group = : only this ad group (单元)
-- keyword = : only this keyword (关键词)
-- limit = 50: number of rows
-- > won_per_lead: Deals won in the end for each lead, estimated
-- > won_per_lead_low: Lower end of its interval: it is lower in one of twenty cases
-- > won_per_lead_high: Upper end of its interval: it is higher in one of twenty cases
-- > siblings: Deals won for each lead, as the others around it let expect
-- > won_per_1000_clicks: Deals won in the end for 1,000 clicks, estimated; empty if no clicks are reported
-- > won_per_1000_clicks_low: Lower end of its interval
-- > won_per_1000_clicks_high: Upper end of its interval
-- ~ intervals: keyword; won_per_lead, won_per_lead_low, won_per_lead_high
-- ~ intervals: keyword; revenue_per_cost, revenue_per_cost_low, revenue_per_cost_high
SELECT
    platform,
    if(indexOf(levels, level) >= 2, account, NULL) AS account,
    if(indexOf(levels, level) >= 3, campaign, NULL) AS campaign,
    if(indexOf(levels, level) >= 4, ad_group, NULL) AS ad_group,
    if(indexOf(levels, level) >= 5, keyword, NULL) AS keyword,
    if(indexOf(levels, level) >= 6, search_term, NULL) AS search_term,
    currency,
    clicks,
    leads,
    won,
    round(won_rate, 3) AS won_per_lead,
    round(won_rate_low, 3) AS won_per_lead_low,
    round(won_rate_high, 3) AS won_per_lead_high,
    round(siblings_won_rate, 3) AS siblings,
    round(1000 * won_per_click, 3) AS won_per_1000_clicks,
    round(1000 * won_per_click_low, 3) AS won_per_1000_clicks_low,
    round(1000 * won_per_click_high, 3) AS won_per_1000_clicks_high,
    round(revenue_per_cost, 2) AS revenue_per_cost,
    round(revenue_per_cost_low, 2) AS revenue_per_cost_low,
    round(revenue_per_cost_high, 2) AS revenue_per_cost_high,
    round(chance_to_pay, 3) AS chance_to_pay,
    round(expected_won, 2) AS expected_won,
    expected_revenue
FROM
(
    SELECT *, ['platform', 'account', 'campaign', 'ad_group', 'keyword', 'search_term'] AS levels
    FROM keyword_estimates_by(
        level = {level:String}, model = {model:String}, mode = {mode:String}, from = {from:Date}, to = {to:Date}
    )
)
WHERE {platform:String} IN ('', platform)
    AND {account:String} IN ('', account)
    AND {campaign:String} IN ('', campaign)
    AND {ad_group:String} IN ('', ad_group)
    AND {keyword:String} IN ('', keyword)
ORDER BY
    revenue_per_cost IS NULL, revenue_per_cost DESC, leads DESC, clicks DESC, platform, account, campaign, ad_group,
    keyword, search_term
LIMIT {limit:UInt32}
