-- What marketing and sales think of each lead that sales has graded, and whether their grades say the same.
-- Grain: one row per lead with a grade of sales.
-- Marketing's grade is that of the score on the day on which sales gave its newest grade. Which grades of sales say the
-- same stands in the policy, [reports.scores] grades.
CREATE OR REPLACE VIEW grades
(
    person String COMMENT 'Id of the person',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    day Date COMMENT 'Day in {{timezone}} on which sales gave its newest grade',
    score Float64 COMMENT 'Score on that day',
    marketing_grade String COMMENT 'Grade that marketing gave for it, by the policy',
    sales_grade String COMMENT 'Grade of marketing that says what sales says; (unknown) if the policy does not know the words of sales, or gives their meaning to no grade',
    sales_says String COMMENT 'What the grade of sales means: invalid, nurture, interested, convertible or cooperating; empty if the policy does not know it',
    sales_says_raw String COMMENT 'The same in the words of sales',
    agrees Nullable(UInt8) COMMENT '1 if both grades are the same, 0 if not; NULL if the grade of sales is unknown'
)
AS WITH
    CAST({{reports.scores.grades}}, 'Array(Tuple(grade String, from_points Int64, means Array(String)))') AS levels,
    arrayFirst(level -> has(level.means, lead.grade), levels).grade AS meant
SELECT
    moment.person AS person,
    lead.company AS company,
    lead.owner AS owner,
    moment.day AS day,
    moment.score AS score,
    moment.grade AS marketing_grade,
    if(meant = '', '(unknown)', meant) AS sales_grade,
    lead.grade AS sales_says,
    lead.grade_raw AS sales_says_raw,
    if(meant = '', NULL, toUInt8(marketing_grade = meant)) AS agrees
FROM score_moments(occasion = 'graded', day = '') AS moment
INNER JOIN sales_grades AS lead ON moment.person = lead.person
COMMENT 'What marketing and sales think of each lead that sales has graded, and whether their grades say the same'
