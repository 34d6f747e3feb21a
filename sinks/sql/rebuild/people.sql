-- What is known of some persons, one after the other.
SELECT person, key, type, payload
FROM rebuild_facts__{{name}}
WHERE bucket BETWEEN {first:UInt32} AND {last:UInt32}
ORDER BY bucket, person, key
