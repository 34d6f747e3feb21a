-- The whole journey of the person who has this identifier, as one row, with the account that the views show.
SELECT
    found.* REPLACE (if(account_names.name = '', found.account, account_names.account) AS account)
FROM
(
    SELECT *
    FROM journeys FINAL
    WHERE person = {identifier:String} OR has(identifiers, {identifier:String})
    ORDER BY person
    LIMIT 1
) AS found
LEFT JOIN (SELECT name, account FROM account_names) AS account_names ON found.account = account_names.name
