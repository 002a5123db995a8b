"""Query text into tokens, each with the line and column that error messages name."""

import re
from dataclasses import dataclass

from emulator.faults import QuickBooksFault

IDENTIFIER, STRING, NUMBER, SYMBOL, END = "IDENTIFIER", "STRING", "INTEGER", "SYMBOL", "EOF"
_PATTERN = re.compile(
    r"""(?P<space>\s+)
      | (?P<STRING>'(?:[^'\\]|\\.)*')
      | (?P<INTEGER>-?\d+(?:\.\d+)?)
      | (?P<IDENTIFIER>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)
      | (?P<SYMBOL><=|>=|=|<|>|\(|\)|,|\*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int
    column: int

    def is_word(self, *words: str) -> bool:
        """Keywords are case-insensitive (facts 3)."""
        return self.kind == IDENTIFIER and self.text.upper() in words

    @property
    def string(self) -> str:
        """The value of a string token: a backslash escapes a quote or itself (facts 3)."""
        return re.sub(r"\\(['\\])", r"\1", self.text[1:-1])


def parse_error(token: Token) -> QuickBooksFault:
    """4000, worded as a sandbox words it (facts 3)."""
    if token.kind == END:
        seen = '"<EOF>"'
    elif token.kind == SYMBOL:
        seen = f'" "{token.text}" "{token.text} ""'
    else:
        seen = f'" <{token.kind}> "{token.text} ""'
    return QuickBooksFault(
        4000, f"QueryParserError: Encountered {seen} at line {token.line}, column {token.column}."
    )


def tokenize(text: str) -> list[Token]:
    """Raises the fault 4000 at the first character that begins no token."""
    tokens = []
    position = 0
    while position < len(text):
        line, column = _place(text, position)
        match = _PATTERN.match(text, position)
        if match is None:
            bad = text[position]
            raise QuickBooksFault(
                4000,
                f"QueryParserError: Lexical error at line {line}, column {column}.  "
                f'Encountered: "{bad}" ({ord(bad)}), after : ""',
            )
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match.group(), line, column))
        position = match.end()
    return [*tokens, Token(END, "", *_place(text, len(text)))]


def _place(text: str, position: int) -> tuple[int, int]:
    line = text.count("\n", 0, position) + 1
    return line, position - (text.rfind("\n", 0, position) + 1) + 1
