"""`python -m bench.reporting [--objects N]`: a department's years over the reporting API, with a kill -9 on the way.

Runs on a durable PostgreSQL of its own, started and removed here. Prints objects a second, processor time and memory,
and whether both sides agree object by object afterwards.
"""

import argparse
import json
import sys

from bench.engine.__main__ import durable
from bench.reporting.load import Plan, run


def main(asked: list[str]) -> None:
    """Load that many objects (a million when not said), about ten to a case."""
    parser = argparse.ArgumentParser(prog="python -m bench.reporting")
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=Plan.batch, help="objects in a batch")
    parser.add_argument("--lines", type=int, default=Plan.lines, help="connections at the same time")
    parser.add_argument("--no-kill", action="store_true", help="leave the server alive")
    said = parser.parse_args(asked)
    plan = Plan(said.objects // 10, batch=said.batch, lines=said.lines, kill=not said.no_kill)
    with durable():
        report = run(plan, told=lambda line: print(line, flush=True))
    print(json.dumps(report, ensure_ascii=False, indent=1), flush=True)
    if report["differences"] or report["unexpected"] or report["the_same_on_both_sides"] != report["objects"]:
        sys.exit("the two sides do not agree")


if __name__ == "__main__":
    main(sys.argv[1:])
