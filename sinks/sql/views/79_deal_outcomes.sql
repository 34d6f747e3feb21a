-- Which deals were won, which lost, to whom and why, and where each belongs.
-- Grain: one row per deal.
CREATE OR REPLACE VIEW deal_outcomes
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    name String COMMENT 'Name of the deal in the CRM',
    account String COMMENT 'Account of the deal',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the deal in sales',
    region String COMMENT 'Region of the deal; empty if none is told',
    industry String COMMENT 'Industry of the deal; empty if none is told',
    competitor String COMMENT 'Competitor on the deal; empty if none is told',
    channel String COMMENT 'Channel of the first touchpoint up to the opening; (none) if none came before',
    platform String COMMENT 'Ad platform of that touchpoint',
    campaign String COMMENT 'Campaign of that touchpoint',
    keyword String COMMENT 'Keyword of that touchpoint',
    stage String COMMENT 'Stage that the deal stands in',
    outcome String COMMENT 'won, lost, recycled, disqualified, or open',
    reason String COMMENT 'Why it was won or lost, if the CRM says',
    reason_meant String COMMENT 'What that means, for example price; empty without a reason, or if the policy does not know it',
    opened_at DateTime64(3, 'UTC') COMMENT 'When it became an opportunity',
    opened_day Date COMMENT 'Day of that in {{timezone}}',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it came to that; NULL while it is open',
    day Date COMMENT 'Day in {{timezone}} on which it came to that; while it is open, on which it was opened',
    amount Decimal(38, 2) COMMENT 'Amount in currency units',
    currency String COMMENT 'ISO 4217 code of the currency; empty if not known'
)
AS WITH CAST({{reports.reasons.of_deals}}, 'Map(String, String)') AS meanings
SELECT
    known.deal AS deal,
    name,
    account,
    company,
    owner,
    region,
    industry,
    competitor,
    touched.first_channel AS channel,
    touched.first_platform AS platform,
    touched.first_campaign AS campaign,
    touched.first_keyword AS keyword,
    stage,
    if(stage IN ('won', 'lost', 'recycled', 'disqualified'), stage, 'open') AS outcome,
    reason,
    transform(lower(trimBoth(reason)), mapKeys(meanings), mapValues(meanings), '') AS reason_meant,
    opened_at,
    toDate(opened_at, '{{timezone}}') AS opened_day,
    closed_at,
    toDate(ifNull(closed_at, opened_at), '{{timezone}}') AS day,
    amount,
    known.currency AS currency
FROM {{deals}} AS known
INNER JOIN
(
    SELECT deal, first_channel, first_platform, first_campaign, first_keyword
    FROM {{conversions}}
    WHERE conversion = 'opportunity'
) AS touched ON known.deal = touched.deal
COMMENT 'Which deals were won, which lost, to whom and why, and where each belongs'
