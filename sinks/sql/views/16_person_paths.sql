-- What each person touched and became, put together for paths: one array of touchpoints that count.
-- Grain: one row per living person, our own people and machines too, who have no touchpoint here.
CREATE OR REPLACE VIEW person_paths
(
    person String COMMENT 'Id of the person',
    cohort_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the person is counted, as in counted_journeys',
    lead_at DateTime64(3, 'UTC') COMMENT 'When the person became a lead; else in the year 2200',
    converted Array(Tuple(milestone String, at DateTime64(3, 'UTC'))) COMMENT 'First entries into lead, marketing_qualified and sales_qualified',
    touches Array(Tuple(at DateTime64(3, 'UTC'), id String, person String, lead_at DateTime64(3, 'UTC'), kind String, channel String, platform String, source String, medium String, campaign String, ad_group String, keyword String, search_term String, content String, author String, published String, landing_page String)) COMMENT 'Touchpoints that count, in order of (time, id); lead_at: when the person became a lead, if not before it, else in the year 2200'
)
AS WITH
    toDateTime64('1970-01-01', 3, 'UTC') AS unknown,
    toDateTime64('2200-01-01', 3, 'UTC') AS never,
    arrayFirst(step -> step.1 = 'lead', counted.converted).2 AS became_lead_at
SELECT
    counted.person AS person,
    counted.cohort_at AS cohort_at,
    if(became_lead_at = unknown, never, became_lead_at) AS lead_at,
    arrayMap(step -> (step.1, step.2), counted.converted) AS converted,
    arrayZip(
        touch_at, touch_id, arrayMap(id -> counted.person, touch_id),
        arrayMap(touched_at -> if(touched_at <= became_lead_at, became_lead_at, never), touch_at),
        touch_kind, touch_channel, touch_platform, touch_source, touch_medium, touch_campaign,
        touch_ad_group, touch_keyword, touch_search_term, touch_content, touch_author, touch_published, touch_landing_page
    ) AS touches
FROM {{counted_journeys}} AS counted
COMMENT 'What each person touched and became, put together for paths: one array of touchpoints that count'
