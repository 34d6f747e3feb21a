"""The embedded Kafka and ClickHouse and the supervision of processes; it only yields addresses."""
