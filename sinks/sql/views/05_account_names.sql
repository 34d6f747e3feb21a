-- Which account is meant by each name of a company: its id in a CRM, or its domain; and why.
-- Grain: one row per name that any person has, our own people left out; a public mail domain is no name.
-- Kept by: name
-- An id in a CRM is an account. It is one with an id of another CRM if they share their main domain (that of most
-- of their people), and nobody with that domain is in any further account: one id in each CRM, one domain, one
-- company. Two ids of one CRM are never one.
-- A domain belongs to the account that most people with that domain have in a CRM, so a domain of several accounts,
-- for example of subsidiaries, belongs to the largest; at the same number, to the smallest id. If nobody with that
-- domain has one, it is an account itself.
CREATE OR REPLACE VIEW account_names
(
    name String COMMENT 'account:<system>:<id> in a CRM, or domain of a company',
    account String COMMENT 'Account that it means',
    rule String COMMENT 'Why: crm: it is this account; shared_domain: it is one with this account of another CRM; most_people: most people with this domain have this account in the CRM; domain: nobody with this domain has an account in a CRM',
    company String COMMENT 'Name of the company, in the words of most people of the account',
    domain String COMMENT 'The domain; of an id in a CRM, that of most of its people; empty if none is known',
    people UInt64 COMMENT 'People with this name',
    votes UInt64 COMMENT 'Of the people with this domain, those who have the account in a CRM; of an id in a CRM, all people with this name',
    accounts UInt64 COMMENT 'Accounts that people with this domain have in a CRM, those that are one counted once; of an id in a CRM, the same of its main domain, at least 1'
)
AS WITH
    told AS
    (
        SELECT
            if(startsWith(account, 'account:'), account, '') AS crm,
            -- Rows from before there was the column have the domain as their account alone.
            if(crm = '', account, journeys.domain) AS site,
            count() AS people,
            sumMap(arrayFilter(word -> word != '', [company]) AS words, arrayMap(word -> toUInt64(1), words)) AS called
        FROM journeys FINAL
        WHERE account != '' AND NOT is_internal
        GROUP BY crm, site
    ),
    homed AS
    (
        SELECT *, first_value(site) OVER (PARTITION BY crm ORDER BY site = '', people DESC, site) AS home
        FROM told
    ),
    shared AS
    (
        SELECT
            *,
            countIf(crm != '') OVER of_site AS ids,
            ids > 1
                AND uniqExactIf(splitByChar(':', crm)[2], crm != '') OVER of_site = ids
                AND countIf(crm != '' AND home != site) OVER of_site = 0 AS is_one,
            minIf(crm, crm != '') OVER of_site AS smallest
        FROM homed
        WINDOW of_site AS (PARTITION BY site)
    ),
    joined AS
    (
        SELECT
            *,
            max(if(crm != '' AND site != '' AND site = home AND is_one, smallest, '')) OVER (PARTITION BY crm) AS other,
            if(other = '', crm, other) AS account_of_crm
        FROM shared
    ),
    counted AS
    (
        SELECT
            *,
            if(crm = '', 0, sum(people) OVER (PARTITION BY site, account_of_crm)) AS votes,
            uniqExactIf(account_of_crm, crm != '') OVER (PARTITION BY site) AS accounts
        FROM joined
    ),
    owned AS
    (
        SELECT
            *,
            first_value(account_of_crm) OVER (PARTITION BY site ORDER BY votes DESC, account_of_crm) AS largest,
            if(largest = '', site, largest) AS account_of_site,
            if(crm = '', account_of_site, account_of_crm) AS owner
        FROM counted
    ),
    named AS
    (
        SELECT
            *,
            sumMap(called.1, called.2) OVER (PARTITION BY owner) AS called_by_all,
            arraySort((word, times) -> (-toInt64(times), word), called_by_all.1, called_by_all.2)[1] AS company
        FROM owned
    )
SELECT
    one_of.1 AS name,
    any(one_of.2) AS account,
    multiIf(
        one_of.3 AND name = account, 'crm',
        one_of.3, 'shared_domain',
        account = name, 'domain',
        'most_people'
    ) AS rule,
    anyIf(named.company, owner = one_of.2) AS company,
    any(if(one_of.3, home, site)) AS domain,
    sum(named.people) AS people,
    if(startsWith(name, 'account:'), people, maxIf(named.votes, named.account_of_crm = one_of.2)) AS votes,
    max(if(one_of.3 AND (site = '' OR site != home), 1, named.accounts)) AS accounts
FROM named
ARRAY JOIN arrayFilter(
    candidate -> candidate.1 != '',
    [(crm, account_of_crm, true), (site, account_of_site, false)]
) AS one_of
GROUP BY name, one_of.3
COMMENT 'Which account is meant by each name of a company: its id in a CRM, or its domain; and why';
