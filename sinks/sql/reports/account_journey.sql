-- How did one account come to its deals, step by step, whoever of its people took the step?
-- account: id in the CRM, or the domain of the company
SELECT
    position, at, person, kind, channel, platform, source, campaign, ad_group, keyword, content, author, deal,
    revenue, currency
FROM account_journeys
WHERE account = {account:String}
ORDER BY position
