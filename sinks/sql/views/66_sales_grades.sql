-- Which grade sales gave each lead last, in its meaning and in the words of sales, and whose lead it is.
-- Grain: one row per lead, our own people left out.
-- Kept by: person
CREATE OR REPLACE VIEW sales_grades
(
    person String COMMENT 'Id of the person',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    grade String COMMENT 'What the newest grade means: invalid, nurture, interested, convertible or cooperating; empty without one, or if the policy does not know it',
    grade_raw String COMMENT 'Newest grade in the words of sales',
    graded_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was given; NULL without one',
    graded_day Date COMMENT 'Day of that in {{timezone}}; 1970-01-01 without one'
)
AS SELECT
    person,
    company,
    owner,
    canonical_grade AS grade,
    journey.grade AS grade_raw,
    journey.graded_at AS graded_at,
    ifNull(toDate(journey.graded_at, '{{timezone}}'), toDate(0)) AS graded_day
FROM (SELECT * FROM journeys FINAL WHERE is_lead AND NOT is_internal) AS journey
COMMENT 'Which grade sales gave each lead last, in its meaning and in the words of sales, and whose lead it is'
