-- Which accounts brought revenue, how many of their people do we know, and what was their first touch?
-- limit = 50: number of rows
-- ~ bars: company; revenue, touchpoints
SELECT
    account, company, people, leads, touchpoints, first_touch_at, first_channel, first_campaign, first_keyword,
    opportunities, pocs, won, lost, revenue, currency, revenue_by_currency
FROM accounts
ORDER BY revenue DESC, won DESC, opportunities DESC, leads DESC, touchpoints DESC, account
LIMIT {limit:UInt32}
