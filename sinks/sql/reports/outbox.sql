-- What was told to CRMs, ad platforms and others: how much of it was taken and counted, and why the rest was not?
-- account = : only this account of the policy file
-- destination = : only this kind of destination
-- stage = : only this stage
-- from = 1970-01-01: first day on which it happened
-- to = 2099-12-31: last day on which it happened
-- > why: why, in a sentence; empty where nothing is to be said
-- > orders: number of orders
-- > value: what is told that they are worth, in units of the currency
-- > oldest_at: when the first of them happened
-- > newest_at: when the last of them happened
-- ~ bars: account, state; orders
SELECT
    account,
    destination,
    occasion,
    stage,
    state,
    why,
    count() AS orders,
    sum(value) AS value,
    currency,
    min(happened_at) AS oldest_at,
    max(happened_at) AS newest_at
FROM outbox_orders
WHERE {account:String} IN ('', account)
    AND {destination:String} IN ('', destination)
    AND {stage:String} IN ('', stage)
    AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY account, destination, occasion, stage, state, why, currency
ORDER BY account, occasion, stage, orders DESC, state, why, currency
