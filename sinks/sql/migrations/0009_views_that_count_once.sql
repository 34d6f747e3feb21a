-- Two views became others, since a sum over all their rows counted twice: funnel is funnel_by_period and
-- funnel_by_cohort now, and credits, with a row for each model, is conversions.
DROP VIEW IF EXISTS funnel;

DROP VIEW IF EXISTS credits;
