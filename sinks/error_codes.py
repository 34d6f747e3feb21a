"""Codes of the errors of ClickHouse's server, by what they mean for whoever asked."""

from typing import Final

PASSING: Final = frozenset(
    {
        74,  # cannot read from file
        75,  # cannot write to file
        76,  # cannot open file
        164,  # readonly
        173,  # cannot allocate memory
        202,  # too many simultaneous queries
        203,  # no free connection
        209,  # socket timeout
        210,  # network error
        225,  # no zookeeper
        236,  # aborted
        242,  # table is read only
        243,  # not enough space
        252,  # too many parts
        285,  # too few live replicas
        319,  # unknown status of insert
        394,  # query was cancelled
        439,  # cannot schedule task
        999,  # keeper exception
    }
)
OF_A_ROW: Final = frozenset(
    {
        6,  # cannot parse text
        25,  # cannot parse escape sequence
        26,  # cannot parse quoted string
        27,  # cannot parse input
        33,  # cannot read all data
        38,  # cannot parse date
        41,  # cannot parse time
        376,  # cannot parse uuid
        53,  # type mismatch
        69,  # argument out of bound
        70,  # cannot convert type
        72,  # cannot parse number
        117,  # incorrect data
        128,  # too large array size
        131,  # too large string size
        190,  # sizes of arrays dont match
        321,  # value is out of range
        349,  # cannot insert null
        407,  # decimal overflow
        469,  # violated constraint
    }
)
NO_MEMORY: Final = 241
TOO_SLOW: Final = 159
TOO_MANY_ROWS: Final = 396
LOCKED_OUT: Final = frozenset({192, 193, 194, 516})  # unknown user, wrong or missing password
NOT_MIGRATED: Final = frozenset({16, 60, 81})  # no such column, table, database
