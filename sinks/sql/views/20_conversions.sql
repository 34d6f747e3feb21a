-- Who became what, and which touch brought it: every step of a person or a deal, once, with its first and last touch.
-- Grain: one row per conversion of a person or a deal.
-- Kept by: day, conversion, at
-- A person converts to lead, marketing_qualified and sales_qualified; a deal, with the touchpoints of everybody
-- on it, to opportunity, poc and won. Only touchpoints up to the conversion earn it; those that look like a
-- machine's don't, and neither do our own people. Group by the columns first_… or last_…: that is the model.
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
    touched AS
    (
        SELECT
            person,
            cohort_at,
            arrayZip(
                touch_at, touch_id, touch_channel, touch_platform, touch_source, touch_medium,
                touch_campaign, touch_ad_group, touch_keyword, touch_search_term, touch_content, touch_author,
                touch_published, touch_landing_page
            ) AS touches
        FROM counted_journeys
        WHERE person IN (SELECT person FROM deal_people)
    ),
    grouped AS
    (
        -- groupArray collects in any order.
        SELECT
            deal_people.deal AS deal,
            arraySort(arrayFlatten(groupArray(touched.touches))) AS touches,
            min(touched.cohort_at) AS cohort_at
        FROM touched
        INNER JOIN deal_people ON touched.person = deal_people.person
        GROUP BY deal_people.deal
    ),
    reached AS
    (
        SELECT
            deal,
            milestone.1 AS conversion,
            assumeNotNull(milestone.2) AS at,
            opened_at,
            if(conversion = 'won', amount_minor, 0) AS revenue_minor,
            toString(opportunities.currency) AS currency
        FROM opportunities FINAL
        ARRAY JOIN arrayFilter(
            candidate -> isNotNull(candidate.2),
            [
                ('opportunity', toNullable(opened_at)),
                ('poc', if(has(stages.stage, 'poc'), stages.at[indexOf(stages.stage, 'poc')], NULL)),
                ('won', if(stage = 'won', closed_at, NULL))
            ]
        ) AS milestone
    ),
    of_deals AS
    (
        SELECT
            reached.*,
            ifNull(least(reached.opened_at, grouped.cohort_at), reached.opened_at) AS cohort_at,
            arrayFirst(touch -> touch.1 <= reached.at, grouped.touches) AS first,
            arrayLast(touch -> touch.1 <= reached.at, grouped.touches) AS last
        FROM reached
        LEFT JOIN grouped ON reached.deal = grouped.deal
    )
SELECT
    conversion,
    person,
    deal,
    at,
    toDate(at, '{{timezone}}') AS day,
    cohort_at,
    toDate(cohort_at, '{{timezone}}') AS cohort_day,
    toDecimal128(revenue_minor, 2) / 100 AS revenue,
    currency,
    first_touchpoint,
    if(first_touchpoint = '', NULL, first_at) AS first_touch_at,
    if(first_touchpoint = '', '(none)', first_via) AS first_channel,
    first_platform,
    first_source,
    first_medium,
    first_campaign,
    first_ad_group,
    first_keyword,
    first_search_term,
    first_content,
    first_author,
    first_published,
    first_landing_page,
    last_touchpoint,
    if(last_touchpoint = '', NULL, last_at) AS last_touch_at,
    if(last_touchpoint = '', '(none)', last_via) AS last_channel,
    last_platform,
    last_source,
    last_medium,
    last_campaign,
    last_ad_group,
    last_keyword,
    last_search_term,
    last_content,
    last_author,
    last_published,
    last_landing_page
FROM
(
    SELECT
        step.conversion AS conversion, person, '' AS deal, step.at AS at, assumeNotNull(cohort_at) AS cohort_at,
        0 AS revenue_minor, '' AS currency,
        touch_id[step.first] AS first_touchpoint, touch_at[step.first] AS first_at,
        touch_channel[step.first] AS first_via, touch_platform[step.first] AS first_platform,
        touch_source[step.first] AS first_source, touch_medium[step.first] AS first_medium,
        touch_campaign[step.first] AS first_campaign, touch_ad_group[step.first] AS first_ad_group,
        touch_keyword[step.first] AS first_keyword, touch_search_term[step.first] AS first_search_term,
        touch_content[step.first] AS first_content,
        touch_author[step.first] AS first_author, touch_published[step.first] AS first_published,
        touch_landing_page[step.first] AS first_landing_page,
        touch_id[step.last] AS last_touchpoint, touch_at[step.last] AS last_at,
        touch_channel[step.last] AS last_via, touch_platform[step.last] AS last_platform,
        touch_source[step.last] AS last_source, touch_medium[step.last] AS last_medium,
        touch_campaign[step.last] AS last_campaign, touch_ad_group[step.last] AS last_ad_group,
        touch_keyword[step.last] AS last_keyword, touch_search_term[step.last] AS last_search_term,
        touch_content[step.last] AS last_content,
        touch_author[step.last] AS last_author, touch_published[step.last] AS last_published,
        touch_landing_page[step.last] AS last_landing_page
    FROM counted_journeys
    ARRAY JOIN converted AS step
    UNION ALL
    SELECT
        conversion, '', deal, at, cohort_at, revenue_minor, currency,
        first.2, first.1, first.3, first.4, first.5, first.6, first.7, first.8, first.9, first.10, first.11,
        first.12, first.13, first.14, last.2, last.1, last.3, last.4, last.5, last.6, last.7, last.8, last.9,
        last.10, last.11, last.12, last.13, last.14
    FROM of_deals
)
COMMENT 'Who became what, and which touch brought it: every step of a person or a deal, once, with its first and last touch'
