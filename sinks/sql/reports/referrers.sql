-- Which frequent referrers look like a sign-in, a payment, a mail filter or a further site of ours, and what to add to the policy?
-- visits = 3: how many visits make a referrer frequent
-- all = no | yes: also those that look like sources
-- limit = 50: number of rows
SELECT host, looks_like, add_to, line, visits, returns, people, leads, example
FROM frequent_referrers
WHERE visits >= {visits:UInt32} AND (looks_like != '' OR {all:String} = 'yes')
ORDER BY looks_like = '', visits DESC, host
LIMIT {limit:UInt32}
