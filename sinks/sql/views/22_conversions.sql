-- Who became what, and which touch brought it: every step of a person or a deal, once, with its first and last touch.
-- Grain: one row per conversion of a person or a deal.
-- Kept by: day, conversion, at
-- A person converts to lead, marketing_qualified and sales_qualified; a deal, with the touchpoints of everybody
-- on it, to opportunity, poc and won. Only touchpoints up to the conversion earn it; those that look like a
-- machine's don't, and neither do our own people. Group by the columns first_… or last_…: that is the model. They are
-- those of the models first and last of the view attribution, with the policy's lookback and kinds of touchpoints.
CREATE OR REPLACE VIEW conversions
(
    conversion String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Person who converted; empty for a conversion of a deal',
    deal String COMMENT 'Deal that converted; empty for a conversion of a person',
    at DateTime64(3, 'UTC') COMMENT 'When it converted',
    day Date COMMENT 'Day of that in {{timezone}}',
    cohort_at DateTime64(3, 'UTC') COMMENT 'Since when the person is counted: the first touchpoint or the creation of the lead, whichever is earlier, else the first fact; of a deal, since when the first of its people is, or since it was opened',
    cohort_day Date COMMENT 'Day of that in {{timezone}}',
    revenue Decimal(38, 2) COMMENT 'Amount of the deal in currency units, in its row won; 0 in all others',
    currency String COMMENT 'Currency of the deal; empty for a conversion of a person, or if it is not known',
    account String COMMENT 'Account of the deal or the person, as in deals and persons; empty if none is known',
    owner String COMMENT 'Who owns the deal, or the lead, in sales',
    region String COMMENT 'Region, as in deals and persons',
    industry String COMMENT 'Industry, as in deals and persons',
    attributes Map(String, String) COMMENT 'What else the CRM says of the deal or the person, in its words',
    first_touchpoint String COMMENT 'Id of the first touchpoint up to the conversion, which earns it by first touch; empty if none came before',
    first_touch_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that began; NULL if none came before',
    first_channel String COMMENT 'Channel of the first touch; (none) if none came before',
    first_platform String COMMENT 'Ad platform of the first touch',
    first_source String COMMENT 'Source of the first touch',
    first_medium String COMMENT 'Medium of the first touch',
    first_campaign String COMMENT 'Campaign of the first touch',
    first_ad_group String COMMENT 'Ad group of the first touch',
    first_keyword String COMMENT 'Keyword of the first touch',
    first_search_term String COMMENT 'What the person typed before the first touch',
    first_content String COMMENT 'Content of the first touch',
    first_author String COMMENT 'Author of the content of the first touch',
    first_published String COMMENT 'Day on which the content was published of the first touch',
    first_landing_page String COMMENT 'First page of the first touch, without protocol, query and fragment',
    last_touchpoint String COMMENT 'Id of the last touchpoint up to the conversion, which earns it by last touch; empty if none came before',
    last_touch_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that began; NULL if none came before',
    last_channel String COMMENT 'Channel of the last touch; (none) if none came before',
    last_platform String COMMENT 'Ad platform of the last touch',
    last_source String COMMENT 'Source of the last touch',
    last_medium String COMMENT 'Medium of the last touch',
    last_campaign String COMMENT 'Campaign of the last touch',
    last_ad_group String COMMENT 'Ad group of the last touch',
    last_keyword String COMMENT 'Keyword of the last touch',
    last_search_term String COMMENT 'What the person typed before the last touch',
    last_content String COMMENT 'Content of the last touch',
    last_author String COMMENT 'Author of the content of the last touch',
    last_published String COMMENT 'Day on which the content was published of the last touch',
    last_landing_page String COMMENT 'First page of the last touch, without protocol, query and fragment'
)
AS WITH
    {{reports.attribution.lookback_days}} AS lookback_days,
    CAST({{reports.attribution.kinds}}, 'Array(String)') AS kinds,
    arrayMap(
        (touched_at, kind) -> (lookback_days = 0 OR touched_at >= at - toIntervalDay(lookback_days))
            AND (empty(kinds) OR has(kinds, kind)),
        touch_at, touch_kind
    ) AS qualifies,
    indexOf(qualifies, 1) AS first,
    arrayLastIndex(does -> does, qualifies) AS last
SELECT
    milestone AS conversion,
    person,
    deal,
    at,
    day,
    cohort_at,
    cohort_day,
    toDecimal128(revenue_minor, 2) / 100 AS revenue,
    currency,
    account,
    owner,
    region,
    industry,
    attributes,
    touch_id[first] AS first_touchpoint,
    if(first = 0, NULL, touch_at[first]) AS first_touch_at,
    if(first = 0, '(none)', touch_channel[first]) AS first_channel,
    touch_platform[first] AS first_platform,
    touch_source[first] AS first_source,
    touch_medium[first] AS first_medium,
    touch_campaign[first] AS first_campaign,
    touch_ad_group[first] AS first_ad_group,
    touch_keyword[first] AS first_keyword,
    touch_search_term[first] AS first_search_term,
    touch_content[first] AS first_content,
    touch_author[first] AS first_author,
    touch_published[first] AS first_published,
    touch_landing_page[first] AS first_landing_page,
    touch_id[last] AS last_touchpoint,
    if(last = 0, NULL, touch_at[last]) AS last_touch_at,
    if(last = 0, '(none)', touch_channel[last]) AS last_channel,
    touch_platform[last] AS last_platform,
    touch_source[last] AS last_source,
    touch_medium[last] AS last_medium,
    touch_campaign[last] AS last_campaign,
    touch_ad_group[last] AS last_ad_group,
    touch_keyword[last] AS last_keyword,
    touch_search_term[last] AS last_search_term,
    touch_content[last] AS last_content,
    touch_author[last] AS last_author,
    touch_published[last] AS last_published,
    touch_landing_page[last] AS last_landing_page
FROM {{conversion_paths}}
WHERE grain = if(deal = '', 'lead', 'deal')
COMMENT 'Who became what, and which touch brought it: every step of a person or a deal, once, with its first and last touch'
