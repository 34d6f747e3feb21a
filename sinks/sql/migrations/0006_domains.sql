-- The domain of the company, beside the account: by it people whom no CRM gives an account find their colleagues.
ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS domain String
    COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if there is none, or only a public one'
    AFTER account;

ALTER TABLE journeys
    COMMENT COLUMN account 'Account by this person alone: account:<system>:<id> in the CRM, else the domain; the views say which of them are one';

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS domain String
    COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if there is none, or only a public one'
    AFTER account;

ALTER TABLE journey_versions
    COMMENT COLUMN account 'Account by this person alone: account:<system>:<id> in the CRM, else the domain; the views say which of them are one';

ALTER TABLE opportunities
    COMMENT COLUMN account 'Account that the CRM names, account:<system>:<id>; empty if it names none';
