-- Who belongs to each account, and who decides with them: its own people, and whoever is on one of its deals.
-- Grain: one row per account and person; people and deals without an account are left out, and so are our own people.
CREATE OR REPLACE VIEW account_people
(
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company',
    company String COMMENT 'Name of the company, in the words of most of its own people',
    person String COMMENT 'Id of the person',
    is_member Bool COMMENT 'Whether the person belongs to the account; otherwise only a deal of it names the person',
    account_by String COMMENT 'Why the person is here: crm, shared_domain or domain, as in persons; deal: only a deal of the account names the person',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    deals UInt64 COMMENT 'Number of deals of the account that the person is on: the buying groups'
)
AS WITH
    named AS
    (
        SELECT
            on_deal.deal AS deal, on_deal.identifier AS identifier, deals.account AS account, deals.company AS company
        FROM (SELECT deal, arrayJoin(people) AS identifier FROM opportunities FINAL) AS on_deal
        INNER JOIN deals ON on_deal.deal = deals.deal
        WHERE account != ''
    )
SELECT
    part.account AS account,
    any(part.company) AS company,
    part.person AS person,
    toBool(max(part.name != '')) AS is_member,
    multiIf(
        NOT is_member, 'deal',
        NOT startsWith(max(part.name), 'account:'), 'domain',
        max(part.name) = account, 'crm',
        'shared_domain'
    ) AS account_by,
    max(part.lead) AS is_lead,
    uniqExactIf(part.deal, part.deal != '') AS deals
FROM
(
    SELECT
        account_names.account AS account, account_names.company AS company, own.person AS person,
        own.account AS name, own.is_lead AS lead, '' AS deal
    FROM (SELECT person, account, is_lead FROM journeys FINAL WHERE account != '' AND NOT is_internal) AS own
    INNER JOIN account_names ON own.account = account_names.name
    UNION ALL
    SELECT named.account, named.company, people.person, '', people.is_lead, named.deal
    FROM (SELECT person, is_lead, arrayJoin(identifiers) AS identifier FROM journeys FINAL WHERE NOT is_internal) AS people
    INNER JOIN named ON people.identifier = named.identifier
) AS part
GROUP BY account, person
COMMENT 'Who belongs to each account, and who decides with them: its own people, and whoever is on one of its deals';
