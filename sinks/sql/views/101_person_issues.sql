-- What could not be understood in the facts of a person, for example a placeholder that no ad platform filled in.
-- Grain: one row per person and issue.
-- Kept by: day, issue
CREATE OR REPLACE VIEW person_issues
(
    day Date COMMENT 'Day in {{timezone}} of the first fact about the person',
    person String COMMENT 'Id of the person',
    issue String COMMENT 'A short code, as in data_quality, for example unexpanded_macro:utm_campaign'
)
AS SELECT
    toDate(first_at, '{{timezone}}') AS day,
    person,
    arrayJoin(issues) AS issue
FROM journeys FINAL
COMMENT 'What could not be understood in the facts of a person, for example a placeholder that no ad platform filled in';
