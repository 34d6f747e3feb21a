-- How did one account come to its deals, step by step, whoever of its people took the step?
-- account: account:<system>:<id> in the CRM, or a domain of the company
SELECT
    position, at, person, kind, channel, platform, source, campaign, ad_group, keyword, content, author, deal,
    revenue, currency
FROM account_journeys
WHERE account = {account:String} OR account IN (SELECT account FROM account_names WHERE name = {account:String})
ORDER BY position
