-- What is still open, how likely it is to be won, and what it may bring.
-- Grain: one row per lead in a stage before the opportunity, and per open deal; machines and our own people are left out.
-- The chance is that of stage_maturation at this stage and age; beyond the ages told there, that of the last one told.
-- A lead's is the chance of coming on a deal that is won; as several leads come on one deal, it counts less as a deal.
-- Kept by: deal, person
CREATE OR REPLACE VIEW open_pipeline
(
    person String COMMENT 'Id of the lead; empty of a deal',
    deal String COMMENT 'Identifier of the deal; empty of a lead',
    stage String COMMENT 'Stage that it stands in',
    entered_at DateTime64(3, 'UTC') COMMENT 'When it entered that',
    age_days UInt32 COMMENT 'Whole days since then, until the newest entry of anybody into any stage',
    chance Float64 COMMENT 'Chance to be won, as of all others in this stage at this age; 0 if fewer than five were ever seen in the stage',
    amount Decimal(38, 2) COMMENT 'Of a deal, its amount in currency units; without one, the mean of the deals won in its currency',
    amount_by String COMMENT 'deal: the deal has this amount; mean: that of the deals won; empty if neither is known, and of a lead',
    currency String COMMENT 'Currency of the deal; empty of a lead, or if it is not known',
    expected_won Float64 COMMENT 'Deals that are won in the end, on average: of a deal its chance, of a lead its chance for each deal that leads on deals are on',
    expected_revenue Decimal(38, 2) COMMENT 'Of a deal, chance times amount; 0 of a lead, which has no currency yet',
    settled Float64 COMMENT 'How much of its end is known: 0 of a lead that is new, 1 of what is won or lost for certain',
    settled_won Float64 COMMENT 'How much of that speaks for its being won: 0 if its chance is no better than that of a new lead'
)
AS WITH
    -- How many deals those leads are on that are on deals, for each of them.
    assumeNotNull((
        SELECT uniqExact(deal) / greatest(1, uniqExact(person)) FROM deal_people WHERE is_lead
    )) AS deals_of_lead,
    -- Where nothing more comes in, nothing grows older.
    assumeNotNull((
        SELECT least(now64(3), max(greatest(entered_at, ifNull(left_at, entered_at)))) FROM stage_durations
    )) AS newest_at,
    open AS
    (
        SELECT
            person, deal, stage, entered_at,
            toUInt32(greatest(0, dateDiff('second', entered_at, newest_at)) / 86400) AS age_days
        FROM stage_durations
        WHERE isNull(left_at)
            AND stage IN if(deal = '', ['lead', 'marketing_qualified', 'sales_qualified'], ['opportunity', 'poc'])
    ),
    curves AS
    (
        SELECT stage, age_days, seen, won_later, argMinIf(won_later, age_days, stage = 'lead') OVER () AS new_chance
        FROM stage_maturation
    ),
    oldest AS
    (
        SELECT stage, argMax(won_later, age_days) AS chance, any(new_chance) AS new_chance FROM curves GROUP BY stage
    ),
    rated AS
    (
        SELECT
            open.person AS person,
            open.deal AS deal,
            open.stage AS stage,
            open.entered_at AS entered_at,
            open.age_days AS age_days,
            if(coming.seen > 0, coming.won_later, oldest.chance) AS chance,
            oldest.new_chance AS new_chance
        FROM open
        -- Between two ages nobody left, so that the next one has the chance of all ages up to it.
        ASOF LEFT JOIN curves AS coming ON open.stage = coming.stage AND open.age_days <= coming.age_days
        LEFT JOIN oldest ON open.stage = oldest.stage
    ),
    won_deals AS
    (
        SELECT currency, avg(toFloat64(revenue)) AS mean FROM deals WHERE revenue > 0 GROUP BY currency
    )
SELECT
    rated.person AS person,
    rated.deal AS deal,
    rated.stage AS stage,
    rated.entered_at AS entered_at,
    rated.age_days AS age_days,
    rated.chance AS chance,
    if(deal != '' AND of_deal.amount = 0, toDecimal128(won_deals.mean, 2), of_deal.amount) AS amount,
    multiIf(of_deal.amount > 0, 'deal', won_deals.mean > 0 AND deal != '', 'mean', '') AS amount_by,
    of_deal.currency AS currency,
    if(deal = '', chance * deals_of_lead, chance) AS expected_won,
    toDecimal128(toFloat64(amount) * chance, 2) AS expected_revenue,
    -- A chance is taken for a part of a new lead, and a part that is won or lost: that is how much it has moved.
    if(chance < new_chance, 1 - chance / new_chance, settled_won) AS settled,
    if(new_chance < 1, greatest(0, chance - new_chance) / (1 - new_chance), 0) AS settled_won
FROM rated
LEFT JOIN (SELECT deal, amount, currency FROM deals) AS of_deal ON rated.deal = of_deal.deal
LEFT JOIN won_deals ON of_deal.currency = won_deals.currency
COMMENT 'What is still open, how likely it is to be won, and what it may bring'
