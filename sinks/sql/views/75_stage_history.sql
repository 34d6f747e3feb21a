-- Which stages was each lead and each deal in, in which order, and who says so: every entry, also those backwards.
-- Grain: one row per entry of a person or of a deal into a stage; a deal has its entries once, however many people are on it. Machines are left out, and so are our own people.
CREATE OR REPLACE VIEW stage_history
(
    person String COMMENT 'Id of the person; empty for a stage of a deal',
    deal String COMMENT 'Identifier of the deal; empty for a stage of a person',
    account String COMMENT 'Account of the person or the deal',
    company String COMMENT 'Name of the company',
    stage String COMMENT 'Stage that was entered',
    occurrence UInt32 COMMENT 'The how-many-eth entry into this stage it was',
    at DateTime64(3, 'UTC') COMMENT 'When it was entered',
    previous_stage String COMMENT 'Stage entered before it; empty for the first',
    is_regression Bool COMMENT 'Whether it lies before the last stage of the funnel that was entered before; to be lost, recycled or disqualified is none',
    system String COMMENT 'System that said so; empty for what follows from something else than a stage, for example a first visit',
    raw String COMMENT 'The stage in the words of that system',
    reason String COMMENT 'Reason given for the change',
    owner String COMMENT 'Who owned the lead or the deal then, by the fact that says so; if that does not tell, who owns it now',
    evidence String COMMENT 'Event id of the fact that says so'
)
AS SELECT
    entry.person AS person,
    entry.deal AS deal,
    entry.account AS account,
    entry.company AS company,
    entry.stage AS stage,
    entry.occurrence AS occurrence,
    entry.at AS at,
    anyLast(entry.stage) OVER before AS previous_stage,
    toBool(entry.rank > 0 AND entry.rank < ifNull(anyLast(nullIf(entry.rank, 0)) OVER before, 0)) AS is_regression,
    entry.system AS system,
    entry.raw AS raw,
    entry.reason AS reason,
    if(told.owner != '', told.owner, entry.owner) AS owner,
    entry.id AS evidence
FROM
(
    SELECT
        person, deal, account, company, owner, stage, at, occurrence, id, system, raw, reason, place,
        indexOf(
            ['visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won'], stage
        ) AS rank
    FROM
    (
        SELECT
            person, '' AS deal, if(account_names.name = '', journeys.account, account_names.account) AS account,
            journeys.company AS company, owner,
            stages.stage AS entered, stages.at AS entered_at, stages.occurrence AS nth, stages.id AS ids,
            stages.system AS systems, stages.raw AS raws, stages.reason AS reasons, stages.deal AS of_deal
        FROM journeys FINAL
        LEFT JOIN account_names ON journeys.account = account_names.name
        WHERE NOT is_internal AND NOT is_bot
        UNION ALL
        SELECT
            '', opportunity.deal, deals.account, deals.company, opportunity.owner,
            stages.stage, stages.at, stages.occurrence, stages.id,
            stages.system, stages.raw, stages.reason, arrayMap(own -> '', stages.deal)
        FROM (SELECT * FROM opportunities FINAL) AS opportunity
        INNER JOIN deals ON opportunity.deal = deals.deal
    )
    ARRAY JOIN
        entered AS stage, entered_at AS at, nth AS occurrence, ids AS id, systems AS system, raws AS raw,
        reasons AS reason, of_deal AS belongs_to, arrayEnumerate(entered) AS place
    -- A person's journey repeats the stages of its deals.
    WHERE belongs_to = ''
) AS entry
LEFT JOIN
(
    SELECT toString(event_id) AS id, JSONExtractString(payload, 'owner') AS owner
    FROM events FINAL
    PREWHERE type IN ('stage_changed', 'deal_recorded')
) AS told ON entry.id = told.id
WINDOW before AS (
    PARTITION BY entry.person, entry.deal ORDER BY entry.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
COMMENT 'Which stages was each lead and each deal in, in which order, and who says so: every entry, also those backwards';
