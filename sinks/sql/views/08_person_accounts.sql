-- Which account does each person belong to, and why: the one definition that the other views read.
-- Grain: one row per living person with an account, our own people too.
-- Kept by: person
CREATE OR REPLACE VIEW person_accounts
(
    person String COMMENT 'Id of the person',
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company; account_names says which of them are one',
    account_by String COMMENT 'Why this account: crm: the CRM names it; shared_domain: the CRM names an account of another CRM that is one with it; domain: by the domain of the company alone',
    company String COMMENT 'Name of the company, in the words of most people of the account; empty of our own people',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    is_internal Bool COMMENT 'Whether this is one of our own people, who are counted in no report',
    attributes Map(String, String) COMMENT 'What else the CRM says of the person, as in persons'
)
AS SELECT
    own.person AS person,
    -- Nobody but our own people may have this name.
    if(account_names.name = '', own.name, account_names.account) AS account,
    multiIf(
        NOT startsWith(own.name, 'account:'), 'domain',
        own.name = account, 'crm',
        'shared_domain'
    ) AS account_by,
    account_names.company AS company,
    own.is_lead AS is_lead,
    own.is_internal AS is_internal,
    own.attributes AS attributes
FROM (SELECT person, account AS name, is_lead, is_internal, attributes FROM {{journeys}} WHERE account != '') AS own
LEFT JOIN account_names ON own.name = account_names.name
COMMENT 'Which account does each person belong to, and why: the one definition that the other views read'
