-- Which orders of the way back are there, what became of each, and why?
-- account = : only this account of the policy file
-- state = : only orders in this state, for example unknown or refused
-- stage = : only this stage
-- of = : only of this person or deal
-- from = 1970-01-01: first day on which it happened
-- to = 2099-12-31: last day on which it happened
-- limit = 50: number of rows
-- ~ bars: account, state; attempts
SELECT key, account, occasion, stage, person, deal, happened_at, state, attempts, said_at, code, why, retry_at, value, currency, platform, keyword
FROM outbox_orders
WHERE {account:String} IN ('', account)
    AND {state:String} IN ('', state)
    AND {stage:String} IN ('', stage)
    AND ({of:String} = '' OR {of:String} IN (person, deal, lead, key))
    AND day BETWEEN {from:Date} AND {to:Date}
ORDER BY happened_at DESC, key
LIMIT {limit:UInt32}
