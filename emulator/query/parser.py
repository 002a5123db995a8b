"""The grammar of facts 3, without OR, NOT, `!=`, JOIN and GROUP BY, which the language lacks:

SELECT [* | COUNT(*) | *, name ... | name ...] FROM Entity [WHERE prop op value [AND prop op value ...]]
    [ORDERBY prop [ASC|DESC] [, ...]] [STARTPOSITION n] [MAXRESULTS n]
"""

from dataclasses import dataclass, field

from emulator.faults import QuickBooksFault
from emulator.query.lexer import END, IDENTIFIER, NUMBER, STRING, SYMBOL, Token, parse_error, tokenize

COMPARISONS = {"=", "<", ">", "<=", ">="}
DEFAULT_PAGE, LARGEST_PAGE = 100, 1000  # facts 3
CURRENT_DATE = "CURRENT_DATE"


@dataclass(frozen=True)
class Value:
    """A right-hand side. A bare `true`, `false` or `CURRENT_DATE` is kept as that word."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Condition:
    attribute: str
    operator: str  # a comparison, `IN` or `LIKE`
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Order:
    attribute: str
    descending: bool


@dataclass
class Query:
    entity: str
    count: bool = False
    projection: tuple[str, ...] = ()  # the attributes asked for, empty for whole records
    conditions: list[Condition] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    start: int = 1
    limit: int = DEFAULT_PAGE
    paged: bool = False


def parse(text: str) -> Query:
    """Raises the fault 4000 with the place of the first token that does not fit."""
    return _Parser(tokenize(text)).query()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        self._word("SELECT")
        count, projection = self._selection()
        self._word("FROM")
        query = Query(self._take(IDENTIFIER).text, count, projection)
        if self._accept_word("WHERE"):
            query.conditions.append(self._condition())
            while self._accept_word("AND"):
                query.conditions.append(self._condition())
        if self._order_by():
            query.orders.append(self._order())
            while self._accept_symbol(","):
                query.orders.append(self._order())
        if self._accept_word("STARTPOSITION"):
            query.start, query.paged = self._natural(), True
        if self._accept_word("MAXRESULTS"):
            query.limit, query.paged = self._natural(LARGEST_PAGE), True
        self._take(END)
        return query

    def _selection(self) -> tuple[bool, tuple[str, ...]]:
        """Whether it is COUNT(*), and the names asked for. Nothing at all means `*`; names beside `*` change nothing
        here, for whole records are answered anyway (facts 3). Names alone are a projection: the query page says there
        is none, the Attachable page has one as its sample, and that is followed."""
        if self._accept_word("COUNT"):
            for symbol in "(*)":
                self._symbol(symbol)
            return True, ()
        if self._accept_symbol("*"):
            while self._accept_symbol(","):
                self._take(IDENTIFIER)
            return False, ()
        if self._now.is_word("FROM"):
            return False, ()
        names = [self._take(IDENTIFIER).text]
        while self._accept_symbol(","):
            names.append(self._take(IDENTIFIER).text)
        return False, tuple(names)

    def _condition(self) -> Condition:
        attribute = self._take(IDENTIFIER).text
        if self._accept_word("IN"):
            self._symbol("(")
            values = [self._value()]
            while self._accept_symbol(","):
                values.append(self._value())
            self._symbol(")")
            return Condition(attribute, "IN", tuple(values))
        if self._accept_word("LIKE"):
            return Condition(attribute, "LIKE", (Value(self._take(STRING).string, True),))
        if self._now.kind != SYMBOL or self._now.text not in COMPARISONS:
            raise parse_error(self._now)
        return Condition(attribute, self._next().text, (self._value(),))

    def _value(self) -> Value:
        """Numbers must be quoted, booleans are bare (facts 3)."""
        if self._now.kind == STRING:
            return Value(self._next().string, True)
        if self._now.is_word("TRUE", "FALSE", CURRENT_DATE):
            return Value(self._next().text.upper(), False)
        raise parse_error(self._now)

    def _order_by(self) -> bool:
        if self._accept_word("ORDERBY"):
            return True
        if self._accept_word("ORDER"):
            self._word("BY")
            return True
        return False

    def _order(self) -> Order:
        attribute = self._take(IDENTIFIER).text
        descending = self._accept_word("DESC")
        if not descending:
            self._accept_word("ASC")
        return Order(attribute, descending)

    def _natural(self, most: int | None = None) -> int:
        token = self._take(NUMBER)
        if "." in token.text:
            raise parse_error(token)
        value = int(token.text)
        if value < 1:
            raise QuickBooksFault(
                4001, f"QueryValidationError: value {value} is too small. Min allowed value is 1"
            )
        if most and value > most:
            raise QuickBooksFault(
                4001, f"QueryValidationError: value {value} is too large. Max allowed value is {most}"
            )
        return value

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _take(self, kind: str) -> Token:
        if self._now.kind != kind:
            raise parse_error(self._now)
        return self._tokens[-1] if kind == END else self._next()

    def _word(self, word: str) -> None:
        if not self._accept_word(word):
            raise parse_error(self._now)

    def _accept_word(self, word: str) -> bool:
        found = self._now.is_word(word)
        self._at += found
        return found

    def _symbol(self, symbol: str) -> None:
        if not self._accept_symbol(symbol):
            raise parse_error(self._now)

    def _accept_symbol(self, symbol: str) -> bool:
        found = self._now.kind == SYMBOL and self._now.text == symbol
        self._at += found
        return found
