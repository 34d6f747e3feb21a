-- Which steps of the funnel each person and each deal has come to, when, and what became of it there.
-- Grain: one row per person or deal and step that it reached; our own people are left out, and visitors who are machines.
-- Kept by: step, day, channel
-- People come to visitor, lead, marketing_qualified and sales_qualified; deals to opportunity, poc and won.
-- A step is reached by whoever enters it, and by whoever comes to a later one without it: a lead that sales made itself
-- has passed over visitor, and a deal that was won without a proof of concept has passed over poc. is_entered tells the
-- two apart. So nobody is in a step who is not in all steps before, and of a cohort no step has more people, or more
-- deals, than the one before. From people to deals it may: one person may have several deals, and of some deals nobody
-- is known.
-- Who is on a deal has reached all steps of people. A stage opportunity, poc or won that the CRM gives to a person
-- counts as well, as reaching sales_qualified: how many deals there are is said by deals alone.
-- A step that was entered is reached then, also if a later one was entered before; one that was passed over, as soon
-- as a later one was entered. The source is the first touchpoint up to that which qualifies, as in conversions.
CREATE OR REPLACE VIEW steps_reached
(
    step String COMMENT 'visitor, lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    rank UInt8 COMMENT 'Place of the step in the funnel, as in stage_entries: 1 is visitor, 7 is won',
    person String COMMENT 'Person who reached it; empty for a step of a deal',
    deal String COMMENT 'Deal that reached it; empty for a step of a person',
    at DateTime64(3, 'UTC') COMMENT 'When it was reached',
    day Date COMMENT 'Day of that in {{timezone}}',
    cohort_day Date COMMENT 'Day in {{timezone}} since which the person or the deal is counted, as in conversions',
    is_entered Bool COMMENT 'Whether it was entered itself; otherwise it was passed over',
    next_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the next step was reached; of sales_qualified, when the first deal of the person was opened. NULL if it was not, or before this one',
    outcome String COMMENT 'What became of it: went_on to the next step, waiting, won, lost, recycled, disqualified, or poc_failed: lost after a proof of concept that failed. Who waits is neither lost nor won',
    reason String COMMENT 'Why it was lost, recycled or disqualified, or why the proof of concept failed, in the words of the CRM; empty if it does not say',
    reason_meant String COMMENT 'What that means, for example no_budget; empty without a reason, or if the policy does not know it',
    revenue Decimal(38, 2) COMMENT 'Amount of the deal in currency units, in its row won; 0 in all others',
    currency String COMMENT 'Currency of the deal; empty for a step of a person, or if it is not known',
    channel String COMMENT 'Channel of the first touch; (none) if none came before',
    platform String COMMENT 'Ad platform of the first touch',
    source String COMMENT 'Source of the first touch',
    campaign String COMMENT 'Campaign of the first touch',
    ad_group String COMMENT 'Ad group of the first touch',
    keyword String COMMENT 'Keyword of the first touch',
    content String COMMENT 'Content of the first touch',
    author String COMMENT 'Author of the content of the first touch',
    landing_page String COMMENT 'First page of the first touch, without protocol, query and fragment',
    owner String COMMENT 'Who owns the lead or the deal in sales',
    region String COMMENT 'Region of the person or the deal, as in persons and deals',
    industry String COMMENT 'Industry of the person or the deal, as in persons and deals',
    attributes Map(String, String) COMMENT 'What else the CRM says of the person or the deal, as in persons and deals'
)
AS WITH
    toDateTime64('2200-01-01', 3, 'UTC') AS never,
    toDateTime64(0, 3, 'UTC') AS unknown,
    {{reports.attribution.lookback_days}} AS lookback_days,
    CAST({{reports.attribution.kinds}}, 'Array(String)') AS kinds,
    CAST({{reports.reasons.of_leads}}, 'Map(String, String)') AS of_leads,
    CAST({{reports.reasons.of_deals}}, 'Map(String, String)') AS of_deals,
    on_deals AS
    (
        SELECT deal_people.person AS person, min(opened.opened_at) AS opened_at
        FROM {{deal_people}} AS deal_people
        INNER JOIN (SELECT deal, opened_at FROM {{opportunities}}) AS opened ON deal_people.deal = opened.deal
        GROUP BY person
    ),
    of_people AS
    (
        SELECT
            counted.*,
            assumeNotNull(counted.cohort_at) AS began_at,
            -- What was known at a time has no names in its tuples.
            [
                if(has(touch_kind, 'visit'), touch_at[indexOf(touch_kind, 'visit')], never),
                arrayFirst(step -> step.1 = 'lead', converted).2,
                arrayFirst(step -> step.1 = 'marketing_qualified', converted).2,
                arrayFirst(step -> step.1 = 'sales_qualified', converted).2,
                -- Further than people come: a deal, or a stage that means one.
                if(on_deals.opened_at = unknown, never, greatest(on_deals.opened_at, began_at)),
                arrayFirst(entry -> entry.1 IN ('opportunity', 'poc', 'won'), entries).2
            ] AS told,
            arrayMap(moment -> if(moment = unknown, never, moment), told) AS entered,
            -- Each step at its own time, else at the first time of a later one.
            arrayMap(
                nth -> if(nth < 5 AND entered[nth] < never, entered[nth], arrayMin(arraySlice(entered, nth))),
                [1, 2, 3, 4, 5]
            ) AS reached,
            entries[-1] AS last
        FROM (SELECT * FROM {{counted_journeys}} WHERE NOT is_internal) AS counted
        LEFT JOIN on_deals ON counted.person = on_deals.person
    ),
    steps_of_people AS
    (
        SELECT
            ['visitor', 'lead', 'marketing_qualified', 'sales_qualified'][nth] AS step,
            nth AS rank,
            person,
            '' AS deal,
            reached[nth] AS at,
            began_at,
            toBool(entered[nth] < never) AS is_entered,
            if(reached[nth + 1] >= at AND reached[nth + 1] < never, toNullable(reached[nth + 1]), NULL) AS next_at,
            multiIf(
                reached[nth + 1] < never, 'went_on',
                last.1 IN ('lost', 'recycled', 'disqualified'), last.1,
                'waiting'
            ) AS outcome,
            if(outcome IN ('went_on', 'waiting'), '', last.7) AS reason,
            toDecimal128(0, 2) AS revenue,
            '' AS currency,
            -- The same touchpoints qualify as in conversions.
            arrayFirstIndex(
                (touched_at, kind) -> touched_at <= at
                    AND (lookback_days = 0 OR touched_at >= at - toIntervalDay(lookback_days))
                    AND (empty(kinds) OR has(kinds, kind)),
                touch_at, touch_kind
            ) AS first,
            if(first = 0, '(none)', touch_channel[first]) AS channel,
            touch_platform[first] AS platform,
            touch_source[first] AS source,
            touch_campaign[first] AS campaign,
            touch_ad_group[first] AS ad_group,
            touch_keyword[first] AS keyword,
            touch_content[first] AS content,
            touch_author[first] AS author,
            touch_landing_page[first] AS landing_page,
            owner,
            region,
            industry,
            attributes
        FROM of_people
        ARRAY JOIN arrayFilter(nth -> reached[nth] < never, [1, 2, 3, 4]) AS nth
    ),
    steps_of_deals AS
    (
        SELECT
            step_of.1 AS step,
            step_of.2 AS rank,
            '' AS person,
            deal,
            if(step = 'poc' AND NOT is_entered, assumeNotNull(closed_at), credit.at) AS at,
            credit.cohort_at AS began_at,
            toBool(step_of.3) AS is_entered,
            multiIf(step = 'opportunity' AND isNotNull(poc_at), poc_at, step != 'won' AND is_won, closed_at, NULL)
                AS following,
            if(following >= at, following, NULL) AS next_at,
            multiIf(
                step = 'won', 'won',
                is_won OR step = 'opportunity' AND isNotNull(poc_at), 'went_on',
                stage NOT IN ('lost', 'recycled', 'disqualified'), 'waiting',
                step = 'poc' AND stage = 'lost' AND is_poc_failed, 'poc_failed',
                stage
            ) AS outcome,
            multiIf(
                outcome IN ('went_on', 'waiting', 'won'), '',
                outcome = 'poc_failed' AND poc_reason != '', poc_reason,
                of_deal.reason
            ) AS reason,
            if(step = 'won', credit.revenue, toDecimal128(0, 2)) AS revenue,
            credit.currency AS currency,
            credit.first_channel AS channel,
            credit.first_platform AS platform,
            credit.first_source AS source,
            credit.first_campaign AS campaign,
            credit.first_ad_group AS ad_group,
            credit.first_keyword AS keyword,
            credit.first_content AS content,
            credit.first_author AS author,
            credit.first_landing_page AS landing_page,
            owner,
            region,
            industry,
            attributes
        FROM {{conversions}} AS credit
        INNER JOIN
        (
            SELECT
                deal, owner, region, industry, attributes, stage, reason, poc_at, closed_at, poc_reason,
                stage = 'won' AS is_won,
                poc_reason != '' OR has(CAST({{reports.reasons.poc_failed}}, 'Array(String)'), lower(trimBoth(poc_result))) AS is_poc_failed
            FROM {{deals}}
        ) AS of_deal ON credit.deal = of_deal.deal
        -- Who wins without a proof of concept has passed over it.
        ARRAY JOIN multiIf(
            credit.conversion = 'opportunity', [('opportunity', 5, true)],
            credit.conversion = 'poc', [('poc', 6, true)],
            isNull(of_deal.poc_at), [('poc', 6, false), ('won', 7, true)],
            [('won', 7, true)]
        ) AS step_of
        WHERE credit.deal != ''
    )
SELECT
    step,
    rank,
    person,
    deal,
    at,
    toDate(at, '{{timezone}}') AS day,
    toDate(began_at, '{{timezone}}') AS cohort_day,
    is_entered,
    next_at,
    outcome,
    reason,
    if(
        person = '',
        transform(lower(trimBoth(reason)), mapKeys(of_deals), mapValues(of_deals), ''),
        transform(lower(trimBoth(reason)), mapKeys(of_leads), mapValues(of_leads), '')
    ) AS reason_meant,
    revenue,
    currency,
    channel,
    platform,
    source,
    campaign,
    ad_group,
    keyword,
    content,
    author,
    landing_page,
    owner,
    region,
    industry,
    attributes
FROM (SELECT * EXCEPT first FROM steps_of_people UNION ALL SELECT * EXCEPT following FROM steps_of_deals)
COMMENT 'Which steps of the funnel each person and each deal has come to, when, and what became of it there'
