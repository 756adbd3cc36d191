"""模拟器: a city lives through a year, and what goes wrong in it is known beforehand.

Every case is told on the pure machine, written by the importer of history, and every fault that was put into it, or that
its pace brought, stands in a manifest (faults.jsonl) with which the rules of supervision can be scored. The same seed
tells the same year. Nothing of the platform imports this.
"""
