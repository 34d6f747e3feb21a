-- What reports count of each journey: which touchpoints, which milestones, which touch came first, and since when.
-- Grain: one row per living person, our own people and machines too; of these no touchpoint counts.
-- Kept by: person
-- The one definition that the other views read; it holds arrays. The views persons, touchpoints and conversions
-- show the same without any.
CREATE OR REPLACE VIEW counted_journeys
(
    person String COMMENT 'Id of the person',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    is_bot Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    is_internal Bool COMMENT 'Whether this is one of our own people, who are counted in no report',
    owner String COMMENT 'Who owns the lead in sales',
    lead_source String COMMENT 'What the CRM itself says brought the lead',
    region String COMMENT 'Region, by the attributes that name one, as in attribute_names; empty if none is told',
    industry String COMMENT 'Industry, by the attributes that name one, as in attribute_names; empty if none is told',
    attributes Map(String, String) COMMENT 'What else the CRM says of the person, in its words; of each name the newest value that is not empty',
    touch_id Array(String) COMMENT 'Event id of the fact that began it; the columns touch_… belong together, one element per touchpoint that counts, in order of (time, id)',
    touch_at Array(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint began',
    touch_kind Array(String) COMMENT 'Kind of contact',
    touch_channel Array(String) COMMENT 'Channel by the policy',
    touch_platform Array(String) COMMENT 'Ad platform',
    touch_source Array(String) COMMENT 'Source',
    touch_medium Array(String) COMMENT 'Medium',
    touch_campaign Array(String) COMMENT 'Campaign',
    touch_ad_group Array(String) COMMENT 'Ad group',
    touch_keyword Array(String) COMMENT 'Keyword that was bid on',
    touch_search_term Array(String) COMMENT 'What the person typed',
    touch_content Array(String) COMMENT 'Content',
    touch_author Array(String) COMMENT 'Author of the content',
    touch_published Array(String) COMMENT 'Day on which the content was published',
    touch_landing_page Array(String) COMMENT 'First page, without protocol, query and fragment',
    entries Array(Tuple(stage String, at DateTime64(3, 'UTC'), occurrence UInt32, id String, system String, raw String, reason String)) COMMENT 'Entries of the person into stages, in order of time; those of deals left out',
    converted Array(Tuple(conversion String, at DateTime64(3, 'UTC'), first UInt32)) COMMENT 'First entries into lead, marketing_qualified and sales_qualified, each with the place of its first touch, as in conversions; 0 if none came before',
    cohort_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the person is counted: the first touchpoint that counts or the first stage after visitor, for example the creation of the lead, whichever is earlier; without any touchpoint the first fact, if that is earlier still; NULL if nothing is known'
)
AS WITH
    arrayMap(is_bot_visit -> NOT is_bot_visit AND NOT is_internal, touchpoints.is_bot) AS counting,
    toDateTime64('1970-01-01', 3, 'UTC') AS unknown,
    toDateTime64('2200-01-01', 3, 'UTC') AS never,
    {{reports.attribution.lookback_days}} AS lookback_days,
    CAST({{reports.attribution.kinds}}, 'Array(String)') AS kinds,
    arrayFirst((reached_at, stage, deal) -> stage != 'visitor' AND deal = '', stages.at, stages.stage, stages.deal)
        AS entered_at,
    least(
        if(empty(touch_at), never, touch_at[1]),
        if(entered_at = unknown, never, entered_at),
        if(notEmpty(touchpoints.id) OR first_at = unknown, never, first_at)
    ) AS earliest
SELECT
    person,
    is_lead,
    is_bot,
    is_internal,
    owner,
    lead_source,
    arrayFirst(said -> said != '', arrayMap(name -> attributes[name], (SELECT region FROM attribute_names))) AS region,
    arrayFirst(said -> said != '', arrayMap(name -> attributes[name], (SELECT industry FROM attribute_names)))
        AS industry,
    attributes,
    arrayFilter((told, counts) -> counts, touchpoints.id, counting) AS touch_id,
    arrayFilter((told, counts) -> counts, touchpoints.at, counting) AS touch_at,
    arrayFilter((told, counts) -> counts, touchpoints.kind, counting) AS touch_kind,
    arrayFilter((told, counts) -> counts, touchpoints.channel, counting) AS touch_channel,
    arrayFilter((told, counts) -> counts, touchpoints.platform, counting) AS touch_platform,
    arrayFilter((told, counts) -> counts, touchpoints.source, counting) AS touch_source,
    arrayFilter((told, counts) -> counts, touchpoints.medium, counting) AS touch_medium,
    arrayFilter((told, counts) -> counts, touchpoints.campaign, counting) AS touch_campaign,
    arrayFilter((told, counts) -> counts, touchpoints.ad_group, counting) AS touch_ad_group,
    arrayFilter((told, counts) -> counts, touchpoints.keyword, counting) AS touch_keyword,
    arrayFilter((told, counts) -> counts, touchpoints.search_term, counting) AS touch_search_term,
    arrayFilter((told, counts) -> counts, touchpoints.content, counting) AS touch_content,
    arrayFilter((told, counts) -> counts, touchpoints.author, counting) AS touch_author,
    arrayFilter((told, counts) -> counts, touchpoints.published, counting) AS touch_published,
    -- One page, however its links are tagged.
    arrayMap(
        url -> trimRight(replaceRegexpOne(cutQueryStringAndFragment(url), '^[a-z]+://', ''), '/'),
        arrayFilter((told, counts) -> counts, touchpoints.landing_url, counting)
    ) AS touch_landing_page,
    -- A person's journey repeats the stages of its deals.
    arrayFilter((entry, deal) -> deal = '', arrayZip(
        stages.stage, stages.at, stages.occurrence, stages.id, stages.system, stages.raw, stages.reason
    ), stages.deal) AS entries,
    arrayMap(
        entry -> (
            entry.1,
            entry.2,
            -- The same touchpoints qualify as in conversions.
            toUInt32(arrayFirstIndex(
                (touched_at, kind) -> touched_at <= entry.2
                    AND (lookback_days = 0 OR touched_at >= entry.2 - toIntervalDay(lookback_days))
                    AND (empty(kinds) OR has(kinds, kind)),
                touch_at, touch_kind
            ))
        ),
        arrayFilter(
            (entry, nth, deal) -> entry.1 IN ('lead', 'marketing_qualified', 'sales_qualified')
                AND nth = 1 AND deal = '' AND NOT is_internal,
            arrayZip(stages.stage, stages.at), stages.occurrence, stages.deal
        )
    ) AS converted,
    if(earliest = never, nullIf(first_at, unknown), earliest) AS cohort_at
FROM {{journeys}}
COMMENT 'What reports count of each journey: which touchpoints, which milestones, which touch came first, and since when'
