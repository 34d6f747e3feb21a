-- Who belongs to each account, and who decides with them: its own people, and whoever is on one of its deals.
-- Grain: one row per account and person; people and deals without an account are left out, and so are our own people.
-- Kept by: account, person
CREATE OR REPLACE VIEW account_people
(
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company',
    company String COMMENT 'Name of the company, in the words of most of its own people',
    person String COMMENT 'Id of the person',
    is_member Bool COMMENT 'Whether the person belongs to the account; otherwise only a deal of it names the person',
    account_by String COMMENT 'Why the person is here: crm, shared_domain or domain, as in persons; deal: only a deal of the account names the person',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    deals UInt64 COMMENT 'Number of deals of the account that the person is on: the buying groups',
    attributes Map(String, String) COMMENT 'What else the CRM says of a person who belongs to the account, as in persons; empty of others'
)
AS SELECT
    part.account AS account,
    max(part.company) AS company,
    part.person AS person,
    toBool(max(part.why != '')) AS is_member,
    if(is_member, max(part.why), 'deal') AS account_by,
    max(part.lead) AS is_lead,
    uniqExactIf(part.deal, part.deal != '') AS deals,
    anyIf(part.told, part.why != '') AS attributes
FROM
(
    SELECT account, company, person, account_by AS why, is_lead AS lead, '' AS deal, attributes AS told
    FROM {{person_accounts}}
    WHERE NOT is_internal
    UNION ALL
    SELECT of_account.account, of_account.company, deal_people.person, '', deal_people.is_lead, deal_people.deal, map()
    FROM {{deal_people}} AS deal_people
    INNER JOIN (SELECT deal, account, company FROM deals WHERE account != '') AS of_account
        ON deal_people.deal = of_account.deal
) AS part
GROUP BY account, person
COMMENT 'Who belongs to each account, and who decides with them: its own people, and whoever is on one of its deals'
