-- Which accounts brought revenue, how many of their people do we know, and what was their first touch?
-- limit = 50: number of rows
-- offset = 0: number of rows before the first one
-- > of_all: how many accounts there are
-- ~ bars: company; revenue, touchpoints
SELECT
    account, company, people, leads, touchpoints, first_touch_at, first_channel, first_campaign, first_keyword,
    opportunities, pocs, won, lost, revenue, currency, revenue_by_currency, count() OVER () AS of_all
FROM accounts
ORDER BY revenue DESC, won DESC, opportunities DESC, leads DESC, touchpoints DESC, account
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
