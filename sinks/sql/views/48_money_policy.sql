-- By which of the policy's values is money told ([reports.money]).
-- Grain: one row per database.
CREATE OR REPLACE VIEW money_policy
(
    own_currency String COMMENT 'The company''s own currency, through which rates of all others go',
    max_rate_age_days UInt16 COMMENT 'How many days after its day a rate counts',
    gross_margin Float64 COMMENT 'Share of revenue that is earned',
    lifetime_years Float64 COMMENT 'Years for which a customer''s first 365 days stand; 0: what was observed counts'
)
AS SELECT
    {{reports.money.currency}} AS own_currency,
    {{reports.money.max_rate_age_days}} AS max_rate_age_days,
    toFloat64({{reports.money.gross_margin}}) AS gross_margin,
    toFloat64({{reports.money.lifetime_years}}) AS lifetime_years
COMMENT 'By which of the policy''s values is money told ([reports.money])'
