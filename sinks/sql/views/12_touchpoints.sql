-- Which contacts count: every touchpoint that can earn credit, of leads and of visitors whom nobody knows.
-- Grain: one row per person and touchpoint; those of machines don't count, and neither do those of our own people.
-- Kept by: day, channel, at
CREATE OR REPLACE VIEW touchpoints
(
    person String COMMENT 'Id of the person',
    position UInt32 COMMENT 'Place among the touchpoints of the person that count, from 1, in order of (time, id)',
    touchpoint String COMMENT 'Event id of the fact that began it',
    at DateTime64(3, 'UTC') COMMENT 'When it began',
    day Date COMMENT 'Day of that in {{timezone}}',
    kind String COMMENT 'Kind of contact: visit, link_click, qr_scan, email_click, event, call, download or told_by_crm',
    channel String COMMENT 'Channel by the policy',
    platform String COMMENT 'Ad platform',
    source String COMMENT 'Source',
    medium String COMMENT 'Medium',
    campaign String COMMENT 'Campaign',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword that was bid on',
    search_term String COMMENT 'What the person typed',
    content String COMMENT 'Content',
    author String COMMENT 'Author of the content',
    published String COMMENT 'Day on which the content was published',
    landing_page String COMMENT 'First page, without protocol, query and fragment',
    owner String COMMENT 'Who owns the lead in sales; empty of visitors whom nobody knows',
    region String COMMENT 'Region of the person, as in persons',
    industry String COMMENT 'Industry of the person, as in persons',
    cohort_day Date COMMENT 'Day in {{timezone}} since which the person is counted, as in conversions'
)
AS SELECT
    person,
    nth AS position,
    id AS touchpoint,
    at,
    toDate(at, '{{timezone}}') AS day,
    kind,
    channel,
    platform,
    source,
    medium,
    campaign,
    ad_group,
    keyword,
    search_term,
    content,
    author,
    published,
    landing_page,
    owner,
    region,
    industry,
    toDate(assumeNotNull(cohort_at), '{{timezone}}') AS cohort_day
FROM {{counted_journeys}}
ARRAY JOIN
    touch_id AS id, touch_at AS at, touch_kind AS kind, touch_channel AS channel, touch_platform AS platform,
    touch_source AS source, touch_medium AS medium, touch_campaign AS campaign, touch_ad_group AS ad_group,
    touch_keyword AS keyword, touch_search_term AS search_term, touch_content AS content,
    touch_author AS author, touch_published AS published, touch_landing_page AS landing_page,
    arrayEnumerate(touch_id) AS nth
COMMENT 'Which contacts count: every touchpoint that can earn credit, of leads and of visitors whom nobody knows'
