-- How long leads may wait, by the policy: the one place where reports read it.
-- Grain: one row per database.
CREATE OR REPLACE VIEW response_limits
(
    unanswered_days UInt32 COMMENT 'Days that a marketing qualified lead may wait for the first follow-up that answers, by [reports.response]',
    silent_days UInt32 COMMENT 'Days without any touch or follow-up after which a lead is silent, by [reports.response]'
)
AS SELECT
    toUInt32({{reports.response.unanswered_days}}) AS unanswered_days,
    toUInt32({{reports.response.silent_days}}) AS silent_days
COMMENT 'How long leads may wait, by the policy: the one place where reports read it'
