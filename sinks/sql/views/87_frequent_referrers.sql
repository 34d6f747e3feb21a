-- Which sites sent visits by their mere referrer, and which of them look like no source, with the line for the policy.
-- Grain: one row per host that a referral came from, by people who are not our own.
-- Kept by: host
-- A visitor who was on our pages within the hour before came back from such a host rather than from a source:
-- a sign-in, a payment, a page of our own under another name. Of what a host looks like, the first of these counts
-- that holds: own_site: our tracker saw pages there, or its name is that of a site of ours with another ending;
-- cache: it is named after a host of ours, as caches of pages are; mail_gateway, verification, sign_in, payment: by
-- the words in its name; passed: most of its visitors had just been here. Whoever knows the site decides.
CREATE OR REPLACE VIEW frequent_referrers
(
    host String COMMENT 'Host of the referrer',
    looks_like String COMMENT 'What it looks like: own_site, cache, mail_gateway, verification, sign_in, payment or passed; empty for a source',
    add_to String COMMENT 'Which list of the policy it would belong to; empty for a source',
    line String COMMENT 'Line to add to that list; empty for a source',
    visits UInt64 COMMENT 'Visits that began by a referral from it',
    returns UInt64 COMMENT 'How many of them began within an hour after the visitor had been here',
    people UInt64 COMMENT 'People who made them',
    leads UInt64 COMMENT 'How many of these people are leads',
    last_at DateTime64(3, 'UTC') COMMENT 'When the last of them began',
    example String COMMENT 'Landing page of one of them'
)
AS WITH
    -- Below these, each name belongs to somebody else.
    [
        'github.io', 'gitlab.io', 'netlify.app', 'vercel.app', 'pages.dev', 'web.app', 'herokuapp.com', 'wixsite.com',
        'webflow.io', 'myshopify.com', 'hubspotpagebuilder.com', 'hs-sites.com', 'wordpress.com', 'blogspot.com',
        'notion.site', 'feishu.cn', 'aliyuncs.com', 'myqcloud.com'
    ] AS hosting,
    referred AS
    (
        SELECT
            person,
            is_lead,
            -- Of each visitor one after the other, beside the visit before.
            arraySort(arrayFilter(visit -> visit.8, arrayZip(
                touchpoints.identifier, arrayEnumerate(touchpoints.id), touchpoints.at, touchpoints.ended_at,
                touchpoints.rule, touchpoints.referrer, touchpoints.landing_url,
                -- The visits that count, as in counted_journeys.
                arrayMap((kind, is_machine) -> kind = 'visit' AND NOT is_machine, touchpoints.kind, touchpoints.is_bot)
            ))) AS visits,
            arrayJoin(arrayFilter((pair, rule) -> rule LIKE 'referral:referrer', arrayZip(
                visits, arrayShiftRight(visits, 1)
            ), visits.5)) AS pair,
            pair.1.3 AS at,
            lower(domain(pair.1.6)) AS referrer_host,
            pair.1.7 AS landing_url,
            pair.1.1 = pair.2.1 AND pair.2.2 > 0 AND dateDiff('second', pair.2.4, at) BETWEEN 0 AND 3600 AS returned
        FROM journeys FINAL
        WHERE NOT is_internal AND arrayExists(rule -> rule LIKE 'referral:referrer', touchpoints.rule)
    ),
    ours AS
    (
        SELECT
            lower(domain(landing_page)) AS page_host,
            cutToFirstSignificantSubdomain(page_host) AS domain_of_page,
            if(domain_of_page = '' OR has(hosting, domain_of_page), page_host, domain_of_page) AS site
        FROM (SELECT DISTINCT landing_page FROM touchpoints WHERE kind = 'visit')
        WHERE page_host != ''
    ),
    -- Read once, and compared with each host: sites of ours, their names, and hosts.
    (
        SELECT (groupUniqArray(site), groupUniqArrayIf(name, length(name) > 3), groupUniqArray(page_host))
        FROM (SELECT *, splitByChar('.', site)[1] AS name FROM ours)
    ) AS own,
    referrers AS
    (
        SELECT
            referrer_host,
            cutToFirstSignificantSubdomain(referrer_host) AS domain_of_referrer,
            if(
                domain_of_referrer = '' OR has(hosting, domain_of_referrer), referrer_host, domain_of_referrer
            ) AS site,
            count() AS visits,
            countIf(returned) AS returns,
            uniqExact(person) AS people,
            uniqExactIf(person, is_lead) AS leads,
            max(at) AS last_at,
            min(landing_url) AS example
        FROM referred
        WHERE match(referrer_host, '^[a-z0-9.-]+$')
        GROUP BY referrer_host
    )
SELECT
    referrer_host AS host,
    multiIf(
        has(own.1, site), 'own_site',
        has(own.2, splitByChar('.', site)[1]), 'own_site',
        has(own.3, replaceAll(replaceAll(replaceAll(splitByChar('.', host)[1], '--', '\n'), '-', '.'), '\n', '-')), 'cache',
        match(host, 'urldefen[cs]e|safe-?links?|link-?protect|url-?protect|protect-?url|click-?time|link-?lock|url-?sand|antispam|anti-?phish|spam-?filter|mail-?(gateway|control|guard|protect)|email-?(security|protect)|secure-?mail'), 'mail_gateway',
        match(host, 'captcha|human-?verif|(^|\\.)(challenges?|verify)\\.'), 'verification',
        match(host, '(^|\\.)(e?pay|i?pay|pay\\w*|\\w*pay|payments?|checkout|cashier|wallet|billing|3d-?s\\w*|acs\\d*|e?bank\\w*|\\w*banking|netbank|secure\\d*)\\.\\w') OR match(host, 'payment|3d-?secure|checkout'), 'payment',
        match(host, '(^|\\.)(log-?in|log-?on|sign-?in|sign-?on|auth\\d*|authn|oauth\\d*|oidc|openid|sso\\d*|saml|idp\\d*|adfs\\d*|fs|sts|cas|iam|id|ids|identity|accounts?|passport|ucenter|my-?id)\\.\\w+\\.\\w') OR match(host, 'login|signin|oauth'), 'sign_in',
        returns >= 3 AND 2 * returns >= visits, 'passed',
        ''
    ) AS looks_like,
    multiIf(
        looks_like = '', '',
        looks_like = 'own_site', 'own_sites in [channels]',
        looks_like = 'cache', 'hosts of a [[channels.stand_ins]] without owner',
        looks_like = 'mail_gateway', 'hosts of mail_gateway in [[engines.known]]',
        'ignored_referrers in [channels]'
    ) AS add_to,
    multiIf(
        looks_like = '', '',
        looks_like = 'own_site', concat('"', site, '",'),
        looks_like = 'cache', concat('"', substring(host, position(host, '.') + 1), '",'),
        concat('"', host, '",')
    ) AS line,
    visits,
    returns,
    people,
    leads,
    last_at,
    example
FROM referrers
COMMENT 'Which sites sent visits by their mere referrer, and which of them look like no source, with the line for the policy';
