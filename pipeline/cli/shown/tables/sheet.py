"""Tables laid out for narrow terminals: where columns do not fit side by side, they stand in several tables.

Each of these repeats the columns that say what a row is of, so that no figure is ever cut off or without its name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

FOLDED = 20  # characters that a column of texts is left at least, if it needs as many (taste)
LONGEST_HEAD = 14  # a longer name of a column is folded; `vinyl-12in-33` fits
BETWEEN = 2  # characters that stand between two columns


@dataclass(frozen=True)
class Column:
    """A column: the lines of its head, whether it holds texts, which may be folded, or figures, which never are."""

    head: str
    second: str = ""
    texts: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table as data: `lead` says what a row is of, `more` what is told of it; rows have a cell for each of both."""

    title: str
    lead: tuple[Column, ...]
    more: tuple[Column, ...]
    rows: Sequence[Sequence[str]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them."""
        return self.lead + self.more

    def tables(self, width: int) -> Iterator[Table]:
        """The sheet in as many tables as it takes for none to be wider than `width`."""
        widths = self._widths(width)
        count, head = len(self.lead), True
        left = list(range(count, len(self.columns)))
        while left or head:
            taken, room = list(range(count)), width - _taken(widths[:count])
            while left and (len(taken) == count or widths[left[0]] + BETWEEN <= room):
                room -= widths[left[0]] + BETWEEN
                taken.append(left.pop(0))
            yield self._table(taken, widths, self.title if head else "")
            head = False

    def _widths(self, width: int) -> list[int]:
        """Each column's: what its cells take; texts are folded where all would else not stand side by side."""
        natural = [self._natural(number) for number in range(len(self.columns))]
        foldable = [number for number, column in enumerate(self.columns) if column.texts]
        over = _taken(natural) - width
        if over <= 0 or not foldable:
            return natural
        least = [min(natural[number], FOLDED) for number in foldable]
        slack = sum(natural[number] for number in foldable) - sum(least)
        if over <= slack:  # all in one table, the widest texts folded first
            for _ in range(over):
                number = max(foldable, key=lambda each: natural[each])
                natural[number] -= 1
            return natural
        third = max(FOLDED, width // 3)
        return [min(each, third) if number in foldable else each for number, each in enumerate(natural)]

    def _natural(self, number: int) -> int:
        column = self.columns[number]
        cells = max((cell_len(row[number]) for row in self.rows), default=0)
        heads = max(cell_len(column.head), cell_len(column.second))
        return max(cells, min(heads, LONGEST_HEAD), 1)

    def _table(self, taken: Sequence[int], widths: Sequence[int], title: str) -> Table:
        table = Table(title=Text(title) if title else None, box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
        has_second = any(column.second for column in self.columns)
        for number in taken:
            column = self.columns[number]
            head = Text(f"{column.head}\n{column.second}" if has_second else column.head, overflow="fold")
            justify = "left" if column.texts or number == 0 else "right"
            table.add_column(head, justify=justify, width=widths[number], overflow="fold")  # type: ignore[arg-type]
        for row in self.rows:
            table.add_row(*(Text(row[number], overflow="fold") for number in taken))
        return table


def figure(value: float | None) -> str:
    """A figure for a cell, to a tenth; a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"


def whole_figure(value: int | None) -> str:
    """A whole figure for a cell; a dash where there is none."""
    return "–" if value is None else str(value)


def _taken(widths: Sequence[int]) -> int:
    return sum(each + BETWEEN for each in widths) + BETWEEN
