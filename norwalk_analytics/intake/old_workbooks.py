"""XLS (BIFF, Excel 97 to 2003) → texts, by xlrd, which tells errors, Booleans and forms of dates apart."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from norwalk_analytics.intake.sheet_xml import is_timed
from norwalk_analytics.intake.texts import Text, Wanted, digits, of_records
from norwalk_analytics.intake.workbooks import chosen, unreadable
from norwalk_analytics.policy import UserError


def of_xls(name: str, data: bytes, wanted: Wanted) -> list[Text]:
    """The wanted sheets of an XLS workbook.

    Raises:
        UserError: if it is protected or can't be read.
    """
    import xlrd  # only an old workbook needs it

    protected = f"{name} is protected by a password, or it is no workbook. Save it as .xlsx without a password. Nothing was loaded."
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # what it thinks of odd files
            book = xlrd.open_workbook(
                file_contents=data, formatting_info=True, on_demand=True, logfile=io.StringIO()
            )
        texts = []
        for title, others in chosen(name, book.sheet_names(), wanted.sheet):
            sheet = book.sheet_by_name(title)
            rows = [[_cell(book, cell) for cell in sheet.row(i)] for i in range(sheet.nrows)]
            texts.append(of_records(name, title, rows, "XLS", wanted, others))
    except UserError:
        raise
    except xlrd.XLRDError:
        raise UserError(protected) from None
    except Exception:  # whatever a broken file makes the reader raise
        raise unreadable(name) from None
    return texts


def _cell(book: Any, cell: Any) -> str:
    """A cell as text: dates in ISO form, whole numbers without a point, errors as the sheet shows them."""
    import xlrd

    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return str(cell.value)
        case xlrd.XL_CELL_BOOLEAN:
            return "true" if cell.value else "false"
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#VALUE!"))
        case xlrd.XL_CELL_DATE:
            return _date(book, cell)
        case xlrd.XL_CELL_NUMBER:
            return digits(cell.value)
    return ""


def _date(book: Any, cell: Any) -> str:
    import xlrd

    try:
        moment = xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
    except (ValueError, OverflowError):
        return f"{cell.value:.15g}"
    form = book.format_map[book.xf_list[cell.xf_index].format_key]
    timed = is_timed(form.format_key, {form.format_key: form.format_str})
    if cell.value < 1:
        return str(moment.time())
    if timed or moment.time() != type(moment).min.time():
        return str(moment.replace(microsecond=0).isoformat(" "))
    return str(moment.date())
