-- Which touchpoint earned what: one row per conversion and model, first and last touch.
-- Grain: one row per conversion of a person or a deal, and model.
-- A person converts to lead, marketing_qualified and sales_qualified; a deal, with the touchpoints of everybody
-- on it, to opportunity, poc and won. Only touchpoints up to the conversion count; those that look like a
-- machine's don't, and neither do our own people.
CREATE OR REPLACE VIEW credits
(
    conversion String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Person who converted; empty for a conversion of a deal',
    deal String COMMENT 'Deal that converted; empty for a conversion of a person',
    at DateTime64(3, 'UTC') COMMENT 'When it converted',
    cohort_at DateTime64(3, 'UTC') COMMENT 'First touchpoint of the person or the deal; without one, the conversion itself',
    model String COMMENT 'first: the first touchpoint earns all; last: the last one before the conversion does',
    touchpoint String COMMENT 'Id of the touchpoint that earned it; empty if there is none',
    channel String COMMENT 'Channel of the touchpoint; (none) without one',
    platform String COMMENT 'Ad platform of the touchpoint',
    source String COMMENT 'Source of the touchpoint',
    medium String COMMENT 'Medium of the touchpoint',
    campaign String COMMENT 'Campaign of the touchpoint',
    ad_group String COMMENT 'Ad group of the touchpoint',
    keyword String COMMENT 'Keyword of the touchpoint',
    content String COMMENT 'Content of the touchpoint',
    author String COMMENT 'Author of the content',
    published String COMMENT 'Day on which the content was published',
    revenue Decimal(38, 2) COMMENT 'Amount of the deal in currency units, in its row won; 0 in all others',
    currency String COMMENT 'Currency of the revenue'
)
AS WITH
    members AS
    (
        SELECT DISTINCT on_deal.deal AS deal, known.person AS person
        FROM (SELECT deal, arrayJoin(people) AS identifier FROM opportunities FINAL) AS on_deal
        INNER JOIN (SELECT person, arrayJoin(identifiers) AS identifier FROM journeys FINAL WHERE NOT is_internal) AS known
            ON on_deal.identifier = known.identifier
    ),
    touched AS
    (
        -- groupArray collects in any order.
        SELECT members.deal AS deal, arraySort(arrayFlatten(groupArray(journey.touches))) AS touches
        FROM
        (
            SELECT
                person,
                arrayFilter((touch, is_bot) -> NOT is_bot, arrayZip(
                    touchpoints.at, touchpoints.id, touchpoints.channel, touchpoints.platform,
                    touchpoints.source, touchpoints.medium, touchpoints.campaign, touchpoints.ad_group,
                    touchpoints.keyword, touchpoints.content, touchpoints.author, touchpoints.published
                ), touchpoints.is_bot) AS touches
            FROM journeys FINAL
            WHERE person IN (SELECT person FROM members)
        ) AS journey
        INNER JOIN members ON journey.person = members.person
        GROUP BY members.deal
    ),
    reached AS
    (
        SELECT
            deal,
            milestone.1 AS conversion,
            assumeNotNull(milestone.2) AS at,
            if(conversion = 'won', amount_minor, 0) AS revenue_minor,
            currency
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
    converted AS
    (
        SELECT
            entered AS conversion,
            person,
            '' AS deal,
            entered_at AS at,
            0 AS revenue_minor,
            '' AS currency,
            arrayFilter((touch, is_bot) -> NOT is_bot, arrayZip(
                touchpoints.at, touchpoints.id, touchpoints.channel, touchpoints.platform,
                touchpoints.source, touchpoints.medium, touchpoints.campaign, touchpoints.ad_group,
                touchpoints.keyword, touchpoints.content, touchpoints.author, touchpoints.published
            ), touchpoints.is_bot) AS touches
        FROM journeys FINAL
        ARRAY JOIN
            stages.stage AS entered, stages.at AS entered_at, stages.occurrence AS nth, stages.deal AS of_deal
        WHERE entered IN ('lead', 'marketing_qualified', 'sales_qualified') AND nth = 1 AND of_deal = '' AND NOT is_internal
        UNION ALL
        SELECT
            reached.conversion, '', reached.deal, reached.at, reached.revenue_minor, reached.currency, touched.touches
        FROM reached
        LEFT JOIN touched ON reached.deal = touched.deal
    )
SELECT
    conversion,
    person,
    deal,
    at,
    if(empty(touches), at, (touches[1]).1) AS cohort_at,
    arrayJoin(['first', 'last']) AS model,
    if(
        model = 'first',
        arrayFirst(candidate -> candidate.1 <= at, touches),
        arrayLast(candidate -> candidate.1 <= at, touches)
    ) AS touch,
    touch.2 AS touchpoint,
    if(touchpoint = '', '(none)', touch.3) AS channel,
    touch.4 AS platform,
    touch.5 AS source,
    touch.6 AS medium,
    touch.7 AS campaign,
    touch.8 AS ad_group,
    touch.9 AS keyword,
    touch.10 AS content,
    touch.11 AS author,
    touch.12 AS published,
    toDecimal128(revenue_minor, 2) / 100 AS revenue,
    currency
FROM converted
COMMENT 'Which touchpoint earned what: one row per conversion and model, first and last touch';
