-- What was touched by whoever converted, before and after: the one definition that the views of paths read.
-- Grain: one row per conversion of a person, by lead; and two per conversion of a deal: by deal and by lead.
CREATE OR REPLACE VIEW touched_conversions
(
    grain String COMMENT 'By whose touchpoints: lead: of one person; deal: of everybody on the deal',
    milestone String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Person who converted; of a deal by lead, the one whose touchpoints they are; else empty',
    deal String COMMENT 'Deal that converted; empty for a conversion of a person or an account',
    account String COMMENT 'Account, as in deals and persons; empty if none is known',
    at DateTime64(3, 'UTC') COMMENT 'When it converted',
    cohort_at DateTime64(3, 'UTC') COMMENT 'Since when it is counted: a person since the first touchpoint or the creation of the lead, whichever is earlier, else the first fact; a deal or an account since the first of its people, a deal at the latest since it was opened',
    opportunity_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the deal was opened; NULL for a conversion of a person',
    revenue_minor UInt64 COMMENT 'Amount of the deal in hundredths of the currency unit, in its row won; 0 in all others',
    currency String COMMENT 'Currency of the deal; empty for a conversion of a person, or if it is not known',
    owner String COMMENT 'Who owns the deal, or the lead, in sales',
    region String COMMENT 'Region, as in deals and persons',
    industry String COMMENT 'Industry, as in deals and persons',
    attributes Map(String, String) COMMENT 'What else the CRM says of the deal or the person, in its words',
    touches Array(Tuple(at DateTime64(3, 'UTC'), id String, person String, lead_at DateTime64(3, 'UTC'), kind String, channel String, platform String, source String, medium String, campaign String, ad_group String, keyword String, search_term String, content String, author String, published String, landing_page String)) COMMENT 'Touchpoints that count, in order of (time, id), as in person_paths; also those after the conversion'
)
AS WITH
    toDateTime64('2200-01-01', 3, 'UTC') AS never,
    of_deal AS
    (
        -- groupArray collects in any order.
        SELECT
            on_deal.deal AS deal,
            arraySort(arrayFlatten(groupArray(path.touches))) AS touches,
            min(path.cohort_at) AS cohort_at,
            argMin(path.person, (path.lead_at, if(empty(path.touches), never, path.touches[1].1), path.person))
                AS first_person
        FROM {{person_paths}} AS path
        INNER JOIN {{deal_people}} AS on_deal ON path.person = on_deal.person
        GROUP BY on_deal.deal
    ),
    of_deals AS
    (
        SELECT
            one.1 AS grain,
            step.1 AS milestone,
            one.2 AS person,
            known.deal AS deal,
            sold.account AS account,
            assumeNotNull(step.2) AS at,
            ifNull(least(known.opened_at, of_deal.cohort_at), known.opened_at) AS cohort_at,
            toNullable(known.opened_at) AS opportunity_at,
            if(milestone = 'won', known.amount_minor, 0) AS revenue_minor,
            toString(known.currency) AS currency,
            sold.owner AS owner,
            sold.region AS region,
            sold.industry AS industry,
            sold.attributes AS attributes,
            if(grain = 'deal', of_deal.touches, arrayFilter(touch -> touch.3 = of_deal.first_person, of_deal.touches))
                AS touches
        FROM
        (
            SELECT
                deal, opened_at, amount_minor, currency,
                arrayFilter(
                    candidate -> isNotNull(candidate.2),
                    [
                        ('opportunity', toNullable(opened_at)),
                        ('poc', if(has(stages.stage, 'poc'), stages.at[indexOf(stages.stage, 'poc')], NULL)),
                        ('won', if(stage = 'won', closed_at, NULL))
                    ]
                ) AS steps
            FROM {{opportunities}}
        ) AS known
        LEFT JOIN of_deal ON known.deal = of_deal.deal
        LEFT JOIN (SELECT deal, account, owner, region, industry, attributes FROM deals) AS sold
            ON known.deal = sold.deal
        ARRAY JOIN known.steps AS step
        ARRAY JOIN [('deal', ''), ('lead', of_deal.first_person)] AS one
    )
SELECT
    'lead' AS grain,
    step.1 AS milestone,
    path.person AS person,
    '' AS deal,
    home.account AS account,
    step.2 AS at,
    assumeNotNull(path.cohort_at) AS cohort_at,
    NULL AS opportunity_at,
    toUInt64(0) AS revenue_minor,
    '' AS currency,
    told.owner AS owner,
    told.region AS region,
    told.industry AS industry,
    told.attributes AS attributes,
    path.touches AS touches
FROM {{person_paths}} AS path
LEFT JOIN {{person_attributes}} AS told ON path.person = told.person
LEFT JOIN {{person_accounts}} AS home ON path.person = home.person
ARRAY JOIN path.converted AS step
UNION ALL
SELECT * FROM of_deals
COMMENT 'What was touched by whoever converted, before and after: the one definition that the views of paths read'
