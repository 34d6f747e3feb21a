"""The entries into stages that a row tells: by the dates of stages, and by the stage that it stands in."""

from collections.abc import Iterable, Mapping

from producers.crm.cells import RowCells


def dated_stages(
    cells: RowCells, stage_dates: Mapping[str, tuple[str, ...]], created: int | None
) -> dict[str, int]:
    """Return when a record came into each stage whose date the row has, UTC milliseconds."""
    moments = {stage: entered_at(cells, columns, created) for stage, columns in stage_dates.items()}
    return {stage: at for stage, at in moments.items() if at is not None}


def entered_at(cells: RowCells, columns: tuple[str, ...], created: int | None) -> int | None:
    """Return the date in these columns, on the day of the creation not before it; None if there is none."""
    at = cells.moment(columns)
    return None if at is None else cells.not_before(at, created)


def stage_entries(
    dated: Mapping[str, int], current: str, stage_at: int | None, at: int
) -> Iterable[tuple[str, int, bool]]:
    """Yield each entry into a stage that a row tells, and whether it is that into the current one.

    The dates of stages are often those of the first entry: who came back to a stage, by its own date or since
    another one is newer, entered it twice. What has no date counts since `at`.
    """
    since = dated.get(current)
    if not current or (stage_at is None and since is not None and since == max(dated.values())):
        yield from ((stage, entered_at, stage == current) for stage, entered_at in dated.items())
        return
    entered = stage_at if stage_at is not None else at
    yield from (
        (stage, earlier, False) for stage, earlier in dated.items() if (stage, earlier) != (current, entered)
    )
    yield current, entered, True


def newest_of(*moments: int | None) -> int | None:
    """Return the latest of the moments that are known, None if none is."""
    return max((moment for moment in moments if moment is not None), default=None)
