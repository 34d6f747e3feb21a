-- How many customers are S, A, B and C, and what did they buy?
-- from = 1970-01-01: first day of the customers' first won deal
-- to = 2099-12-31: last day
-- currency = : only deals in this currency
-- > customers: customers whose first won deal is in this currency, so that they can be summed
-- > won: their won deals, and those of others in this currency
-- > revenue: what these are worth
-- ~ bars: tier; customers, won, revenue
SELECT
    tier,
    currency,
    sum(customers) AS customers,
    sum(won) AS won,
    sum(revenue) AS revenue
FROM customer_tiers
WHERE first_won_day BETWEEN {from:Date} AND {to:Date} AND ({currency:String} = '' OR currency = {currency:String})
GROUP BY tier, currency
ORDER BY indexOf(CAST(['S', 'A', 'B', 'C'], 'Array(String)'), tier) = 0, indexOf(['S', 'A', 'B', 'C'], tier), tier, currency
