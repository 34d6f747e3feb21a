-- Who belongs to each account, and who decides with them: its own people, and whoever is on one of its deals.
-- Grain: one row per account and person; people and deals without an account are left out, and so are our own people.
CREATE OR REPLACE VIEW account_people
(
    account String COMMENT 'Account: id in the CRM, else the domain of the company',
    company String COMMENT 'Name of the company, in the words of most of its own people',
    person String COMMENT 'Id of the person',
    is_member Bool COMMENT 'Whether the person belongs to the account; otherwise only a deal of it names the person',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    deals UInt64 COMMENT 'Number of deals of the account that the person is on: the buying groups'
)
AS WITH
    known AS
    (
        SELECT person, account, company, is_lead, identifiers FROM journeys FINAL WHERE NOT is_internal
    ),
    companies AS
    (
        SELECT account, company
        FROM known
        WHERE account != '' AND company != ''
        GROUP BY account, company
        ORDER BY count() DESC, company
        LIMIT 1 BY account
    ),
    named AS
    (
        SELECT on_deal.deal AS deal, on_deal.identifier AS identifier, deals.account AS account
        FROM (SELECT deal, arrayJoin(people) AS identifier FROM opportunities FINAL) AS on_deal
        INNER JOIN deals ON on_deal.deal = deals.deal
        WHERE account != ''
    )
SELECT
    part.account AS account,
    any(companies.company) AS company,
    part.person AS person,
    max(part.belongs) AS is_member,
    max(part.lead) AS is_lead,
    uniqExactIf(part.deal, part.deal != '') AS deals
FROM
(
    SELECT account, person, true AS belongs, is_lead AS lead, '' AS deal
    FROM known
    WHERE account != ''
    UNION ALL
    SELECT named.account, people.person, false, people.is_lead, named.deal
    FROM (SELECT person, is_lead, arrayJoin(identifiers) AS identifier FROM known) AS people
    INNER JOIN named ON people.identifier = named.identifier
) AS part
LEFT JOIN companies ON part.account = companies.account
GROUP BY account, person
COMMENT 'Who belongs to each account, and who decides with them: its own people, and whoever is on one of its deals';
