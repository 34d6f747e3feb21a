-- Who decides on a deal or belongs to an account: since when, by which touch did each come, and where does each stand?
-- of: a deal, deal:<system>:<id>, or an account: account:<system>:<id> in the CRM, or a domain of the company
-- > why: why the person is here: crm, shared_domain or domain belongs to the account; deal is named by a deal
-- > deals: deals of the account, or the one asked for, that the person is on
-- > first_touch_at: when the first touchpoint of the person that counts began; empty without any
-- > first_channel: channel of that touchpoint; (none) without one
-- > first_platform: ad platform of that touchpoint
-- > first_campaign: campaign of that touchpoint
-- > first_keyword: keyword of that touchpoint
-- > last_touch_at: when the last one began
SELECT
    part.person AS person,
    known.company AS company,
    part.why AS why,
    known.is_lead AS is_lead,
    known.stage AS stage,
    known.stage_at AS stage_at,
    known.owner AS owner,
    part.deals AS deals,
    known.touchpoints AS touchpoints,
    known.follow_ups AS follow_ups,
    touched.first_touch_at AS first_touch_at,
    if(touched.person = '', '(none)', touched.first.1) AS first_channel,
    touched.first.2 AS first_platform,
    touched.first.3 AS first_campaign,
    touched.first.4 AS first_keyword,
    touched.last_touch_at AS last_touch_at
FROM
(
    SELECT person, account_by AS why, deals
    FROM account_people
    WHERE account = {of:String} OR account IN (SELECT account FROM account_names WHERE name = {of:String})
    UNION ALL
    SELECT person, 'deal', toUInt64(1) FROM deal_people WHERE deal = {of:String}
) AS part
INNER JOIN persons AS known ON part.person = known.person
LEFT JOIN
(
    SELECT
        person,
        min(toNullable(at)) AS first_touch_at,
        max(toNullable(at)) AS last_touch_at,
        argMin((channel, platform, campaign, keyword), position) AS first
    FROM touchpoints
    GROUP BY person
) AS touched ON part.person = touched.person
ORDER BY first_touch_at NULLS LAST, person
