-- The score and the grade of these leads today.
SELECT person, score, grade
FROM scores
WHERE has(splitByChar('\n', {people:String}), person)
