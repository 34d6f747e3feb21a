-- How did each proof of concept go: how long it took, its result, and why it failed.
-- Grain: one row per deal that came to a proof of concept; of several, the first begins it, and the result is that of the last.
-- What the result means is said by the policy, [reports.poc] and [reports.reasons]; a reason for failing says that it failed.
CREATE OR REPLACE VIEW poc_outcomes
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    name String COMMENT 'Name of the deal in the CRM',
    account String COMMENT 'Account of the deal',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the deal in sales',
    region String COMMENT 'Region of the deal; empty if none is told',
    industry String COMMENT 'Industry of the deal; empty if none is told',
    competitor String COMMENT 'Competitor on the deal; empty if none is told',
    channel String COMMENT 'Channel of the first touchpoint up to the proof of concept; (none) if none came before',
    campaign String COMMENT 'Campaign of that touchpoint',
    keyword String COMMENT 'Keyword of that touchpoint',
    started_at DateTime64(3, 'UTC') COMMENT 'When the first proof of concept began',
    day Date COMMENT 'Day of that in {{timezone}}',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the last one ended: as the CRM says, else when the deal entered another stage; NULL while it is running',
    days Float64 COMMENT 'Days between the two; while it is running, those for which that is known',
    result String COMMENT 'passed, failed, running, or unknown if it is over and nobody said how, or in words that the policy does not know',
    result_raw String COMMENT 'The result in the words of the CRM',
    reason String COMMENT 'Why it failed, in the words of the CRM; empty if it did not, or nobody said',
    reason_meant String COMMENT 'What that means, for example product_gap; empty without a reason, or if the policy does not know it',
    stage String COMMENT 'Stage that the deal stands in',
    is_won Bool COMMENT 'Whether the deal is won',
    is_lost Bool COMMENT 'Whether the deal is lost',
    amount Decimal(38, 2) COMMENT 'Amount of the deal in currency units',
    currency String COMMENT 'ISO 4217 code of the currency; empty if not known'
)
AS WITH CAST({{reports.reasons.of_deals}}, 'Map(String, String)') AS meanings
SELECT
    trial.deal AS deal,
    of_deal.name AS name,
    trial.account AS account,
    of_deal.company AS company,
    trial.owner AS owner,
    trial.region AS region,
    trial.industry AS industry,
    trial.competitor AS competitor,
    trial.channel AS channel,
    trial.campaign AS campaign,
    trial.keyword AS keyword,
    trial.started_at AS started_at,
    trial.day AS day,
    trial.ended_at AS ended_at,
    trial.days AS days,
    multiIf(
        isNull(trial.ended_at), 'running',
        has(CAST({{reports.poc.passed}}, 'Array(String)'), lower(trimBoth(result_raw))), 'passed',
        has(CAST({{reports.reasons.poc_failed}}, 'Array(String)'), lower(trimBoth(result_raw))), 'failed',
        of_deal.poc_reason != '', 'failed',
        'unknown'
    ) AS result,
    of_deal.poc_result AS result_raw,
    if(result = 'failed', of_deal.poc_reason, '') AS reason,
    transform(lower(trimBoth(reason)), mapKeys(meanings), mapValues(meanings), '') AS reason_meant,
    of_deal.stage AS stage,
    toBool(stage = 'won') AS is_won,
    toBool(stage = 'lost') AS is_lost,
    of_deal.amount AS amount,
    of_deal.currency AS currency
FROM (SELECT * FROM transitions WHERE transition = 'poc_to_poc_ended') AS trial
INNER JOIN deals AS of_deal ON trial.deal = of_deal.deal
COMMENT 'How did each proof of concept go: how long it took, its result, and why it failed'
