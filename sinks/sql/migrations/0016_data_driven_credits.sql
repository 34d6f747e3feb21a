-- What each value of a dimension earns by a model that was computed from the journeys, with how it was computed.
CREATE TABLE IF NOT EXISTS computed_credits
(
    model_version String COMMENT 'Hash of the method, its parameters and the range of the data',
    computed_at DateTime64(3, 'UTC') COMMENT 'When it was computed; the rows of one model_version and one such time are one run',
    model LowCardinality(String) COMMENT 'markov_1, markov_2, shapley_chain or shapley_paths',
    milestone LowCardinality(String) COMMENT 'Conversion that is credited, as in conversions',
    by LowCardinality(String) COMMENT 'Dimension whose values are credited: a column of touchpoints',
    first_day Date COMMENT 'First day of the conversions',
    last_day Date COMMENT 'Last day of the conversions',
    lookback_days UInt32 COMMENT 'How long before the conversion a touchpoint counted; 0: at any time',
    kinds String COMMENT 'Kinds of touchpoints that counted, with commas between them; empty: all',
    seed UInt32 COMMENT 'Seed of what was drawn by chance',
    draws UInt32 COMMENT 'How often the journeys were drawn anew for the intervals',
    journeys UInt64 COMMENT 'Journeys with a touchpoint that went into the model, converted or not',
    converted UInt64 COMMENT 'Those of them that converted',
    warning String COMMENT 'What a reader must know before taking the credits for certain; empty if nothing',
    value String COMMENT 'Value of the dimension; (none) stands for conversions without any touchpoint',
    currency LowCardinality(String) COMMENT 'Currency of the conversions; empty for those of persons, or if not known',
    effect Float64 COMMENT 'What the method measured: the removal effect, the probability of converting that the value adds, or its conversions',
    share Float64 COMMENT 'Share of the conversions in this currency that the value earns',
    share_low Float64 COMMENT 'Below it lie 5 of 100 shares of journeys drawn anew',
    share_high Float64 COMMENT 'Above it lie 5 of 100 shares of journeys drawn anew',
    sampling_error Float64 COMMENT 'Standard error of a share that was sampled; 0 if it was computed exactly',
    conversions Decimal(18, 6) COMMENT 'Conversions that the value earns; all values sum to the conversions exactly',
    revenue Decimal(38, 2) COMMENT 'Revenue that the value earns, in currency units; all values sum to the revenue exactly'
)
ENGINE = ReplacingMergeTree
ORDER BY (model_version, computed_at, value, currency)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Credits by models that are computed, as the command attribute wrote them; read it through the view data_driven_credits';
