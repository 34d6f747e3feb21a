-- Which customers are of tier S, A, B or C by the policy: by what they bought, how often, and what the CRM says.
-- Grain: one row per customer and currency of its won deals. Deals of no known account are in no row.
-- A customer is an account with a won deal. The tier is the first of the policy, [reports.tiers], that the customer is
-- all of; amounts are compared in their own currency only, so that no rate is needed.
CREATE OR REPLACE VIEW customer_tiers
(
    account String COMMENT 'Account, as in accounts',
    company String COMMENT 'Name of the company',
    tier String COMMENT 'Tier of the customer, the same in all of its rows',
    currency String COMMENT 'Currency of these deals; empty if not known',
    customers UInt8 COMMENT '1 in the row of the currency in which the customer won first, 0 in the others: sum it',
    won UInt64 COMMENT 'Won deals in this currency',
    revenue Decimal(38, 2) COMMENT 'What they are worth, in currency units',
    first_won_day Date COMMENT 'Day in {{timezone}} on which the customer''s first deal was won',
    last_won_day Date COMMENT 'Day in {{timezone}} on which the last one was won'
)
AS WITH
    CAST({{reports.tiers.names}}, 'Array(String)') AS names,
    CAST({{reports.tiers.deals}}, 'Array(UInt64)') AS deals_asked,
    CAST({{reports.tiers.revenue}}, 'Array(Tuple(place UInt32, currency String, amount UInt64))') AS revenue_asked,
    CAST({{reports.tiers.attributes}}, 'Array(Tuple(place UInt32, attribute String, values String))') AS attributes_asked
SELECT
    account,
    company,
    arrayFirst(
        (name, nth) -> all_won >= deals_asked[nth]
            AND (
                NOT arrayExists(asked -> asked.place = nth, revenue_asked)
                OR arrayExists(
                    asked -> asked.place = nth
                        AND arrayExists(of -> of.1 = asked.currency AND of.2 >= asked.amount, by_currency),
                    revenue_asked
                )
            )
            AND arrayAll(
                asked -> asked.place != nth OR match(attributes[asked.attribute], concat('(?i)', asked.values)),
                attributes_asked
            ),
        names, arrayEnumerate(names)
    ) AS tier,
    one.1 AS currency,
    toUInt8(currency = by_currency[1].1) AS customers,
    one.3 AS won,
    one.2 AS revenue,
    first_won_day,
    last_won_day
FROM
(
    SELECT
        bought.account AS account,
        accounts.company AS company,
        accounts.attributes AS attributes,
        arraySort(of -> (of.4, of.1), groupArray((bought.currency, bought.revenue, bought.won, bought.first_day)))
            AS by_currency,
        sum(bought.won) AS all_won,
        min(bought.first_day) AS first_won_day,
        max(bought.last_day) AS last_won_day
    FROM
    (
        SELECT
            account,
            currency,
            sum(revenue) AS revenue,
            count() AS won,
            min(toDate(assumeNotNull(closed_at), '{{timezone}}')) AS first_day,
            max(toDate(assumeNotNull(closed_at), '{{timezone}}')) AS last_day
        FROM deals
        WHERE stage = 'won' AND account != ''
        GROUP BY account, currency
    ) AS bought
    LEFT JOIN accounts ON bought.account = accounts.account
    GROUP BY account, company, attributes
)
ARRAY JOIN by_currency AS one
COMMENT 'Which customers are of tier S, A, B or C by the policy: by what they bought, how often, and what the CRM says'
