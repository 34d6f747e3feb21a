-- Which stages was each lead and each deal in, in which order, and who says so: every entry, also those backwards.
-- Grain: one row per entry of a person or of a deal into a stage; a deal has its entries once, however many people are on it. Machines are left out, and so are our own people.
-- Kept by: at
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
    entry.evidence AS evidence
FROM
(
    SELECT
        entered.person AS person, entered.deal AS deal, entered.place AS place, entered.stage AS stage,
        entered.rank AS rank, entered.at AS at, entered.occurrence AS occurrence, entered.evidence AS evidence,
        entered.system AS system, entered.raw AS raw, entered.reason AS reason,
        if(entered.deal = '', of_account.account, of_deal.account) AS account,
        if(entered.deal = '', known.company, of_deal.company) AS company,
        if(entered.deal = '', known.owner, of_deal.owner) AS owner
    FROM stage_entries AS entered
    LEFT JOIN (SELECT person, company, owner FROM journeys FINAL) AS known ON entered.person = known.person
    LEFT JOIN person_accounts AS of_account ON entered.person = of_account.person
    LEFT JOIN deals AS of_deal ON entered.deal = of_deal.deal
) AS entry
LEFT JOIN
(
    SELECT toString(event_id) AS id, JSONExtractString(payload, 'owner') AS owner
    FROM events FINAL
    PREWHERE type IN ('stage_changed', 'deal_recorded')
) AS told ON entry.evidence = told.id
WINDOW before AS (
    PARTITION BY entry.person, entry.deal ORDER BY entry.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
COMMENT 'Which stages was each lead and each deal in, in which order, and who says so: every entry, also those backwards'
