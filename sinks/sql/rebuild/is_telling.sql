-- Whether a fact tells of others than whose it is, as `attribution/at_once.py` says it: the payload is as
-- `schemas/codec.py` writes it, so a quotation mark within a text is escaped there.
type IN (
    'identity_linked', 'identity_split', 'identity_blocked', 'lead_merged', 'lead_converted', 'deletion_recorded'
)
OR startsWith(subject, 'deal:')
OR position(payload, '"others":["') > 0
