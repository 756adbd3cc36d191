"""`python -m bench.reporting [cases]`: a department's whole year over the reporting API, with a kill -9 on the way.

Runs on a durable PostgreSQL of its own, started and removed here. Prints objects a second, the memory of the server,
and whether counts and digests agree object by object afterwards.
"""

import json
import sys

from bench.engine.__main__ import durable
from bench.reporting.load import Plan, run


def main(asked: list[str]) -> None:
    """Load that many cases (100,000 when not said), about ten objects each."""
    plan = Plan(cases=int(asked[0]) if asked else 100_000)
    with durable():
        report = run(plan, told=lambda line: print(line, flush=True))
    print(json.dumps(report, ensure_ascii=False, indent=1), flush=True)
    if report["differences"] or report["unexpected"]:
        sys.exit("the two sides do not agree")


if __name__ == "__main__":
    main(sys.argv[1:])
