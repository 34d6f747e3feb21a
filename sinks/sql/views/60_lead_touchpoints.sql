-- The journey of each lead, step by step: touchpoints and the follow-ups of sales, in order of time.
-- Grain: one row per lead and touchpoint or follow-up; visits of machines and our own people are shown, and don't count.
-- Kept by: person, position
CREATE OR REPLACE VIEW lead_touchpoints
(
    person String COMMENT 'Id of the person',
    crm String COMMENT 'Smallest CRM identifier; empty if the CRM does not know the lead',
    position UInt32 COMMENT 'Place on the journey, from 1, in order of (time, id)',
    at DateTime64(3, 'UTC') COMMENT 'When it began',
    kind String COMMENT 'Kind of contact: visit, link_click, qr_scan, email_click, event, call, download, told_by_crm or follow_up',
    channel String COMMENT 'Channel by the policy; sales for a follow-up',
    platform String COMMENT 'Ad platform',
    source String COMMENT 'Source',
    medium String COMMENT 'Medium',
    campaign String COMMENT 'Campaign',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword that was bid on',
    search_term String COMMENT 'What the person typed',
    content String COMMENT 'Content; of a follow-up, its category',
    author String COMMENT 'Author of the content; of a follow-up, who did it',
    published String COMMENT 'Day on which the content was published',
    landing_url String COMMENT 'First page',
    pages UInt32 COMMENT 'Number of pages read',
    dwell_ms UInt64 COMMENT 'Time on the pages, in milliseconds',
    forms UInt32 COMMENT 'Number of forms sent',
    identifier String COMMENT 'Identifier that it was seen under',
    is_counted Bool COMMENT 'Whether it can earn credit, as in the view touchpoints',
    is_first Bool COMMENT 'Whether it brought the lead by first touch, as in conversions: the first that counts, if it came before the person became a lead',
    is_last_before_lead Bool COMMENT 'Whether it brought the lead by last touch, as in conversions: the last that counts before the person became a lead',
    rule String COMMENT 'Rule of the policy that chose the channel'
)
AS WITH
    arrayZip(
        touchpoints.at, touchpoints.id, touchpoints.kind, touchpoints.channel, touchpoints.platform,
        touchpoints.source, touchpoints.medium, touchpoints.campaign, touchpoints.ad_group, touchpoints.keyword,
        touchpoints.search_term, touchpoints.content, touchpoints.author, touchpoints.published,
        touchpoints.landing_url, touchpoints.pages, touchpoints.dwell_ms, touchpoints.identifier,
        touchpoints.rule, touchpoints.forms
    ) AS touched,
    arrayMap(
        (reached_at, id, category, by_whom) -> (
            reached_at, id, 'follow_up', 'sales', '', '', '', '', '', '', '', category, by_whom, '', '',
            toUInt32(0), toUInt64(0), '', '', toUInt32(0)
        ),
        follow_ups.at, follow_ups.id, follow_ups.category, follow_ups.owner
    ) AS followed_up,
    arraySort(step -> (step.1, step.2), arrayConcat(touched, followed_up)) AS steps
SELECT
    journey.person AS person,
    if(startsWith(person, 'crm:'), person, '') AS crm,
    nth AS position,
    step.1 AS at,
    step.3 AS kind,
    step.4 AS channel,
    step.5 AS platform,
    step.6 AS source,
    step.7 AS medium,
    step.8 AS campaign,
    step.9 AS ad_group,
    step.10 AS keyword,
    step.11 AS search_term,
    step.12 AS content,
    step.13 AS author,
    step.14 AS published,
    step.15 AS landing_url,
    step.16 AS pages,
    step.17 AS dwell_ms,
    step.20 AS forms,
    step.18 AS identifier,
    toBool(has(counted.touch_id, step.2)) AS is_counted,
    toBool(is_counted AND step.2 = credited.first_touchpoint) AS is_first,
    toBool(is_counted AND step.2 = credited.last_touchpoint) AS is_last_before_lead,
    step.19 AS rule
FROM (SELECT * FROM journeys FINAL WHERE is_lead) AS journey
INNER JOIN (SELECT person, touch_id FROM counted_journeys WHERE is_lead) AS counted
    ON journey.person = counted.person
LEFT JOIN (SELECT person, first_touchpoint, last_touchpoint FROM conversions WHERE conversion = 'lead') AS credited
    ON journey.person = credited.person
ARRAY JOIN steps AS step, arrayEnumerate(steps) AS nth
COMMENT 'The journey of each lead, step by step: touchpoints and the follow-ups of sales, in order of time'
