-- How long people and deals stay in each stage, and where they go next.
-- Grain: one row per entry of a person or of a deal into a stage, as in stage_history; a deal has its entries once, also if nobody on it is known. Machines are left out, and so are our own people.
-- Kept by: entered_at
-- Who comes on a deal has left the stages before it: the deal goes on from there. That is when the deal is opened; if
-- it is open already, and no other stage comes, at once.
CREATE OR REPLACE VIEW stage_durations
(
    person String COMMENT 'Id of the person; empty for a stage of a deal',
    deal String COMMENT 'Identifier of the deal; empty for a stage of a person',
    stage String COMMENT 'Stage that was entered',
    occurrence UInt32 COMMENT 'The how-many-eth entry into this stage it was',
    entered_at DateTime64(3, 'UTC') COMMENT 'When it was entered',
    next_stage String COMMENT 'Stage that came next, opportunity if a deal of the person did; empty if none did yet',
    left_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that was entered; NULL if none was yet',
    days Nullable(Float64) COMMENT 'Days between the two; NULL if no next stage was entered yet'
)
AS WITH
    on_deals AS
    (
        SELECT
            deal_people.person AS person,
            arraySort(groupArray((opened_at, ifNull(closed_at, toDateTime64('2100-01-01', 3, 'UTC'))))) AS spans
        FROM {{deal_people}} AS deal_people
        INNER JOIN (SELECT deal, opened_at, closed_at FROM {{opportunities}}) AS opportunity
            ON deal_people.deal = opportunity.deal
        GROUP BY person
    ),
    -- A stage at or behind the opportunity is the CRM's word for what the deal says better.
    entry.rank < 5 AS is_before_deals,
    arrayFirst(span -> span.1 >= entry.at, on_deals.spans).1 AS opening,
    is_before_deals
        AND arrayExists(span -> span.1 >= entry.at, on_deals.spans)
        AND (isNull(entry.next_at) OR opening < entry.next_at) AS comes_on_deal,
    is_before_deals
        AND entry.rank > 0
        AND isNull(entry.next_at)
        AND arrayExists(span -> span.1 < entry.at AND span.2 > entry.at, on_deals.spans) AS is_on_deal
SELECT
    entry.person AS person,
    entry.deal AS deal,
    entry.stage AS stage,
    entry.occurrence AS occurrence,
    entry.at AS entered_at,
    if(comes_on_deal OR is_on_deal, 'opportunity', entry.next_stage) AS next_stage,
    multiIf(comes_on_deal, toNullable(opening), is_on_deal, entry.at, entry.next_at) AS left_at,
    (toUnixTimestamp64Milli(left_at) - toUnixTimestamp64Milli(entered_at)) / 86400000 AS days
FROM {{stage_entries}} AS entry
LEFT JOIN on_deals ON entry.person = on_deals.person
COMMENT 'How long people and deals stay in each stage, and where they go next'
