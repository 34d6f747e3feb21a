-- What became of each order of the way back: to whom it was to be told, how often it was tried, what came back.
-- Grain: one row per order.
-- Kept by: day, key
-- What a sender wrote after another one had claimed the log is left out, as the sender itself leaves it out; but an
-- answer always counts, and of an attempt before the newest only that it was taken.
CREATE OR REPLACE VIEW outbox_orders
(
    key String COMMENT 'Key of the order, by which receivers know a repeat',
    destination String COMMENT 'Kind of destination, for example webhook or baidu',
    account String COMMENT 'Name of the account in the policy file',
    lead String COMMENT 'What the lead or deal is called at all accounts for ever',
    person String COMMENT 'Id of the person when it was planned',
    deal String COMMENT 'Identifier of the deal, for its stages; else empty',
    occasion String COMMENT 'stage: a stage was entered; lead: what is known of the lead changed; invalid: sales found it invalid',
    stage String COMMENT 'Stage that was entered; empty for a change',
    happened_at DateTime64(3, 'UTC') COMMENT 'When that happened',
    day Date COMMENT 'Day of that in {{timezone}}',
    planned_at DateTime64(3, 'UTC') COMMENT 'When the order was made',
    state String COMMENT 'planned, sending, accepted, counted, duplicate, sent (a person says so), later, alone, login, unknown, refused, gave_up, unsendable, dry_run or superseded',
    is_taken Bool COMMENT 'Whether the receiver has it: accepted, counted, duplicate or sent',
    attempts UInt32 COMMENT 'How often it was tried',
    said_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the newest answer came; NULL if none did',
    code String COMMENT 'The receiver''s own word for it',
    why String COMMENT 'Why, in a sentence',
    reference String COMMENT 'The receiver''s id of what it took',
    retry_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is tried again; NULL if it is not',
    value Decimal(38, 2) COMMENT 'What is told that it is worth, in units of the currency; 0 if nothing is',
    currency String COMMENT 'ISO 4217 code of the currency of the value; empty without one',
    platform String COMMENT 'Ad platform of the last touch before it',
    campaign String COMMENT 'Campaign of that touch',
    keyword String COMMENT 'Keyword of that touch'
)
AS WITH
    ['accepted', 'counted', 'duplicate'] AS taken,
    said AS
    (
        SELECT *, max(claim * (event = 'claimed')) OVER (ORDER BY log_offset) AS highest
        FROM (SELECT * FROM outbox FINAL)
    ),
    summed AS
    (
        SELECT
            key,
            maxIf(attempt, event = 'attempted' AND claim >= highest) AS tries,
            maxIf(log_offset, event = 'attempted' AND claim >= highest) AS tried_at,
            argMaxIf(
                (destination, account, lead, person, deal, occasion, stage, happened_at, at, told, log_offset),
                log_offset,
                event = 'planned' AND claim >= highest
            ) AS plan,
            arraySort(answer -> answer.1, groupArrayIf(
                (log_offset, attempt, toString(state), at, code, why, reference, retry_at), event = 'answered'
            )) AS answers,
            argMaxIf((log_offset, toString(state)), log_offset, event = 'decided') AS decision
        FROM said
        WHERE key != ''
        GROUP BY key
        HAVING countIf(event = 'planned' AND claim >= highest) > 0
    ),
    settled AS
    (
        SELECT
            *,
            -- One after another: what was taken stays so unless the receiver says later that it counts, or does not.
            arrayFold(
                (before, answer) -> if(
                    before.3 = 'counted' OR (has(taken, before.3) AND answer.3 NOT IN ('accepted', 'counted', 'refused')),
                    before,
                    answer
                ),
                arrayFilter(
                    answer -> (answer.2 >= tries OR (has(taken, answer.3) AND answer.1 > tried_at))
                        AND (tries > 0 OR answer.1 > plan.11),
                    answers
                ),
                CAST(
                    (-1, 0, '', toDateTime64(0, 3, 'UTC'), '', '', '', NULL),
                    'Tuple(Int64, UInt32, String, DateTime64(3, \'UTC\'), String, String, String, Nullable(DateTime64(3, \'UTC\')))'
                )
            ) AS answer,
            arrayLast(
                touch -> ifNull(touch.counts, true),
                JSONExtract(
                    plan.10, 'touches',
                    'Array(Tuple(counts Nullable(Bool), platform String, campaign String, keyword String))'
                )
            ) AS touch
        FROM summed
    )
SELECT
    key,
    plan.1 AS destination,
    plan.2 AS account,
    plan.3 AS lead,
    plan.4 AS person,
    plan.5 AS deal,
    plan.6 AS occasion,
    plan.7 AS stage,
    assumeNotNull(plan.8) AS happened_at,
    toDate(happened_at, '{{timezone}}') AS day,
    plan.9 AS planned_at,
    multiIf(
        decision.2 = 'sent', 'sent',
        decision.2 = 'again' AND decision.1 > greatest(answer.1, tried_at), 'planned',
        answer.3 != '', answer.3,
        tries > 0, 'sending',
        'planned'
    ) AS state,
    toBool(has(arrayPushBack(taken, 'sent'), state)) AS is_taken,
    tries AS attempts,
    if(answer.3 = '', NULL, answer.4) AS said_at,
    answer.5 AS code,
    answer.6 AS why,
    answer.7 AS reference,
    if(state IN ('later', 'alone', 'login'), answer.8, NULL) AS retry_at,
    toDecimal128(JSONExtractInt(plan.10, 'value', 'minor') / 100, 2) AS value,
    JSONExtractString(plan.10, 'value', 'currency') AS currency,
    touch.platform AS platform,
    touch.campaign AS campaign,
    touch.keyword AS keyword
FROM settled
COMMENT 'What became of each order of the way back: to whom it was to be told, how often it was tried, what came back'
