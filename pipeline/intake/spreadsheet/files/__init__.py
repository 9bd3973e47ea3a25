"""Files of tables as strangers send them, each kind read into rows of cells: text with separators, and workbooks."""

from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import read_regular, unreadable
from pipeline.intake.spreadsheet.files.delimited import read_delimited
from pipeline.intake.spreadsheet.files.workbook_parts import LARGEST_WORKBOOK_BYTES, is_workbook
from pipeline.intake.spreadsheet.table import Table


def read_table(path: Path, sheet: str = "") -> Table:
    """The table in the file at `path`, whatever its name ends in; of a workbook, in `sheet` or the one with a header.

    Raises Refusal, with row and column where there are any, for what cannot be read.
    """
    try:
        data = read_regular(path, LARGEST_WORKBOOK_BYTES)
    except OSError as error:
        raise Refusal([Fault(str(path), unreadable(error))]) from None
    if not is_workbook(data, path.name):
        if sheet:
            raise Refusal([Fault(path.name, "is no workbook and has no sheets; leave --sheet out")])
        return read_delimited(data, path.name)
    from pipeline.intake.spreadsheet.files.workbook import read_workbook

    return read_workbook(data, path.name, sheet)
