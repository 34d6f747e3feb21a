-- Through which stages did a person, a deal or all of an account go, and who said so?
-- of: any identifier of the person, a deal, or an account: account:<system>:<id> in the CRM, or a domain of the company
SELECT
    person, deal, account, stage, occurrence, at, previous_stage, is_regression, system, raw, reason, owner
FROM stage_history
WHERE deal = {of:String} OR account = {of:String}
    OR account IN (SELECT account FROM account_names WHERE name = {of:String})
    OR person IN (SELECT person FROM journeys FINAL WHERE has(identifiers, {of:String}) OR person = {of:String})
ORDER BY account, person, deal, at, occurrence, evidence
