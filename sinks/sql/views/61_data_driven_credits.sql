-- What each channel, campaign or keyword earns by the journeys themselves, as it was computed last.
-- Grain: one row per model_version, value and currency.
-- One model_version holds all conversions once, so choose one before you sum. `leadtrace attribute` computes the rows.
CREATE OR REPLACE VIEW data_driven_credits
(
    model String COMMENT 'Model: markov_1 or markov_2, by removal effects in a chain of that order; shapley_chain, by what a value adds to the probability of converting in the chain; shapley_paths, by what it adds to the conversions of paths',
    milestone String COMMENT 'Conversion that is credited, as in conversions',
    by String COMMENT 'Dimension whose values are credited: a column of touchpoints',
    value String COMMENT 'Value of the dimension; empty where touchpoints have none; (none) stands for conversions without any touchpoint',
    currency String COMMENT 'Currency of the conversions; empty for those of persons, or if not known',
    effect Float64 COMMENT 'What the method measured: the removal effect, the probability of converting that the value adds, or its conversions',
    share Float64 COMMENT 'Share of the conversions in this currency that the value earns',
    share_low Float64 COMMENT 'Below it lie 5 of 100 shares of journeys drawn anew',
    share_high Float64 COMMENT 'Above it lie 5 of 100 shares of journeys drawn anew',
    sampling_error Float64 COMMENT 'Standard error of a share that was sampled; 0 if it was computed exactly',
    conversions Decimal(18, 6) COMMENT 'Conversions that the value earns; all values sum to the conversions exactly',
    revenue Decimal(38, 2) COMMENT 'Revenue that the value earns, in currency units; all values sum to the revenue exactly',
    journeys UInt64 COMMENT 'Journeys with a touchpoint that went into the model, converted or not; do not sum it',
    converted UInt64 COMMENT 'Those of them that converted; do not sum it',
    warning String COMMENT 'What a reader must know before taking the credits for certain; empty if nothing',
    first_day Date COMMENT 'First day of the conversions',
    last_day Date COMMENT 'Last day of the conversions',
    lookback_days UInt32 COMMENT 'How long before the conversion a touchpoint counted; 0: at any time',
    kinds String COMMENT 'Kinds of touchpoints that counted, with commas between them; empty: all',
    seed UInt32 COMMENT 'Seed of what was drawn by chance',
    draws UInt32 COMMENT 'How often the journeys were drawn anew for the intervals',
    computed_at DateTime64(3, 'UTC') COMMENT 'When it was computed: what is known since then is not in it',
    model_version String COMMENT 'Hash of the method, its parameters and the range of the data'
)
AS SELECT
    model,
    milestone,
    by,
    value,
    currency,
    effect,
    share,
    share_low,
    share_high,
    sampling_error,
    conversions,
    revenue,
    journeys,
    converted,
    warning,
    first_day,
    last_day,
    lookback_days,
    kinds,
    seed,
    draws,
    computed_at,
    model_version
FROM computed_credits FINAL
WHERE (model_version, computed_at) IN
    (SELECT model_version, max(computed_at) FROM computed_credits GROUP BY model_version)
COMMENT 'What each channel, campaign or keyword earns by the journeys themselves, as it was computed last'
