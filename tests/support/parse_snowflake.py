"""Reads a JSON list of SQL texts, and prints for each what is wrong with it as Snowflake's SQL, and the functions not known."""

import json
import logging
import sys

import sqlglot
from sqlglot import ErrorLevel, exp

# That a text is taken as a command, unparsed, is told in the answer.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def judge(sql: str) -> dict:
    try:
        trees = sqlglot.parse(sql, read="snowflake", error_level=ErrorLevel.RAISE)
        if len(trees) != 1 or trees[0] is None:
            return {"problem": f"expected one statement, got {len(trees)}", "unknown": []}
        tree = trees[0]
        tree.sql(dialect="snowflake", unsupported_level=ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        return {"problem": str(error), "unknown": []}
    command = tree.find(exp.Command)
    return {
        "problem": f"not parsed: {command.name}" if command else None,
        "unknown": sorted({function.name.upper() for function in tree.find_all(exp.Anonymous)}),
    }


print(json.dumps([judge(sql) for sql in json.load(sys.stdin)]))
