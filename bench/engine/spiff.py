"""SpiffWorkflow 3 as a web application would use it: state kept in PostgreSQL, read and written at every step.

Needs SpiffWorkflow in the environment (`pip install "SpiffWorkflow>=3.1"`); not a dependency of ours.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import psycopg

from bench.engine.floor import checks
from bench.engine.workload import LIMITS, STEPS, WINDOW, Runner, Took, form_of

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  targetNamespace="bench" id="d">
<process id="seven" isExecutable="true"><startEvent id="start"/>{tasks}<parallelGateway id="fork"/><parallelGateway id="join"/>
<exclusiveGateway id="taken" default="{taken}"/><exclusiveGateway id="granted" default="{granted}"/>
<endEvent id="end"/><endEvent id="refused"/>{flows}</process></definitions>"""
WAYS = (
    ("start", "submit", ""), ("submit", "accept", ""), ("accept", "taken", ""), ("taken", "refused", "accepted == False"),
    ("taken", "fork", ""), ("fork", "review_a", ""), ("fork", "review_b", ""), ("review_a", "join", ""), ("review_b", "join", ""),
    ("join", "decide", ""), ("decide", "granted", ""), ("granted", "refused", "decision == 'denied'"), ("granted", "deliver", ""),
    ("deliver", "file", ""), ("file", "end", ""),
)  # fmt: skip


def prepare() -> None:
    """An empty table."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS spiff")
        connection.execute("DROP TABLE IF EXISTS spiff.workflow")
        connection.execute(
            "CREATE TABLE spiff.workflow(id bigint PRIMARY KEY, status text, state text, at timestamptz)"
        )


def runner() -> Runner:
    """Carries cases through the seven steps: read, deserialise, run the task, serialise, write."""
    from lxml import etree
    from SpiffWorkflow.bpmn import BpmnWorkflow
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.util.task import TaskState

    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(BytesIO(_drawn().encode())))
    spec, serializer = parser.get_spec("seven"), BpmnWorkflowSerializer()
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    cursor = connection.cursor()

    def do(workflow: Any, step: str, n: int) -> None:
        task = next(
            t for t in workflow.get_tasks(state=TaskState.READY, manual=True) if t.task_spec.name == step
        )
        now, data = datetime.now(UTC), task.data
        if step == "submit":
            data["form"], data["papers"] = form_of(n)
        due = data.get("due")
        told = checks(data["form"], len(data["papers"]), datetime.fromisoformat(due) if due else None, now)
        data[f"event_{step}"] = {"actor": f"clerk{n % 40}", "at": now.isoformat(), "due": due, "checks": told}
        data["accepted"], data["decision"] = True, "granted"
        if step != STEPS[-1]:
            data["due"] = (now + timedelta(days=LIMITS[STEPS[STEPS.index(step) + 1]])).isoformat()
        task.run()
        workflow.do_engine_steps()

    def run(first: int, cases: int) -> Took:
        took: Took = {step: [] for step in STEPS}
        for begin in range(first, first + cases, WINDOW):
            for step in STEPS:
                for n in range(begin, min(begin + WINDOW, first + cases)):
                    started = time.perf_counter()
                    with connection.transaction():
                        if step == "submit":
                            workflow = BpmnWorkflow(spec)
                            workflow.do_engine_steps()
                            do(workflow, step, n)
                            cursor.execute(
                                "INSERT INTO spiff.workflow VALUES (%s, 'open', %s, now())",
                                (n, serializer.serialize_json(workflow)),
                            )
                        else:
                            row = cursor.execute(
                                "SELECT state FROM spiff.workflow WHERE id = %s FOR UPDATE", (n,)
                            ).fetchone()
                            workflow = serializer.deserialize_json(row[0])
                            do(workflow, step, n)
                            cursor.execute(
                                "UPDATE spiff.workflow SET status = %s, state = %s, at = now() WHERE id = %s",
                                (
                                    "done" if workflow.is_completed() else "open",
                                    serializer.serialize_json(workflow),
                                    n,
                                ),
                            )
                    took[step].append(time.perf_counter() - started)
        return took

    return run


def _drawn() -> str:
    """The seven steps as BPMN: who accepts may refuse, who decides may deny, as in our own flow."""
    asked = '<conditionExpression xsi:type="tFormalExpression">{}</conditionExpression>'
    return BPMN.format(
        tasks="".join(f'<userTask id="{s}" name="{s}"/>' for s in STEPS),
        taken="taken-fork",
        granted="granted-deliver",
        flows="".join(
            f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}">{asked.format(when) if when else ""}</sequenceFlow>'
            for a, b, when in WAYS
        ),
    )
