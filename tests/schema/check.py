#!/usr/bin/env python3
"""Holds JSON output to its contract: usage: check.py plan|status FILE

The contract is written as Python values: a type, None for null, a list of one element for an array
of such, a dict for an object with just these keys, a tuple for any one of several."""
import json
import sys

number = (int, float, None)
text = (str, None)

plan = {
    "agentfile": str, "base": str, "head": str, "mode": ("=PARALLEL", "=SEQUENTIAL"),
    "reason": str, "jobs": int, "makespan_s": number, "critical_path": [str],
    "tasks": [{
        "name": str, "state": ("=run", "=up-to-date", "=skipped"), "why": str,
        "batch": (int, None), "owns": [str], "blocked_by": [str], "agent": text, "verify": [str],
    }],
    "conflicts": [{
        "a": str, "b": str, "kind": ("=owns", "=reads"), "witness": str, "a_at": str, "b_at": str,
    }],
    "conflicts_cut": bool,
    "batches": [[str]],
}

status = {
    "run": text, "state": ("=none", "=running", "=ended", "=died"),
    "tasks": [{
        "name": str, "state": str, "attention": bool, "commit": text,
        "attempts": [{
            "n": int, "state": str, "phase": text, "worktree": text, "log": text,
            "seconds": number, "session": text, "tokens_in": number, "tokens_out": number,
            "cost": number, "failure": text, "reviewer": text, "decision": text,
        }],
    }],
    "claims": [{
        "task": str, "worktree": str, "since": number, "host": str, "pid": int, "alive": bool,
    }],
}


def check(value, contract, where):
    if isinstance(contract, tuple):
        for one in contract:
            try:
                return check(value, one, where)
            except AssertionError:
                pass
        raise AssertionError(f"{where}: {value!r} is none of {contract}")
    if contract is None:
        assert value is None, f"{where}: {value!r} is not null"
    elif isinstance(contract, str):
        assert value == contract[1:], f"{where}: {value!r} is not {contract[1:]!r}"
    elif isinstance(contract, list):
        assert isinstance(value, list), f"{where}: not an array"
        for i, item in enumerate(value):
            check(item, contract[0], f"{where}[{i}]")
    elif isinstance(contract, dict):
        assert isinstance(value, dict), f"{where}: not an object"
        assert list(value) == list(contract), f"{where}: keys {list(value)}, not {list(contract)}"
        for key, item in value.items():
            check(item, contract[key], f"{where}.{key}")
    else:
        assert isinstance(value, contract) and not (contract is int and isinstance(value, bool)), \
            f"{where}: {value!r} is no {contract.__name__}"


check(json.load(open(sys.argv[2])), {"plan": plan, "status": status}[sys.argv[1]], sys.argv[1])
