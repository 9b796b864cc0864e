"""A repository with the journal of a large run that never was: for how a report of it is read.

usage: large.py FOLDER TASKS ATTEMPTS

Writes the Agentfile, the journal and the logs. Tasks come in waves, each with a gate behind it; a part of them
fails at all attempts. FOLDER is a git repository with a commit.
"""
import json, os, sys, zlib

folder, ntasks, nattempts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
state = os.path.join(folder, ".git", "agentmake")
trees = 16
began = 1795272000.0
wave = 100

os.makedirs(os.path.join(state, "logs"), exist_ok=True)
out = open(os.path.join(state, "journal"), "w", encoding="utf-8")


def say(kind, at, **line):
    text = json.dumps({"e": kind, "at": round(at, 3), **line}, separators=(",", ":"))
    out.write(f"{zlib.crc32(text.encode()):08x} {text}\n")


def name(i):
    return f"gate-{i // wave}" if i % wave == wave - 1 else f"port/module-{i:04}"


with open(os.path.join(folder, "Agentfile"), "w", encoding="utf-8") as f:
    for i in range(ntasks):
        gate, before = i % wave == wave - 1, i // wave - 1
        blockers = " ".join(map(name, range(i - wave + 1, i))) if gate else f"gate-{before}" if before >= 0 else ""
        f.write(f"task {name(i)}{': ' if blockers else ''}{blockers}\n")
        if not gate:
            f.write(f"    owns src/m{i}/**\n    title Port module {i} to the new interface, and keep its tests as they are\n"
                    f"    run true\n")
        f.write("    verify true\n")

say("run", began, id="large", pid=1, jobs=trees, base="main", into="agentmake/into/main", head="0" * 40,
    tasks=[name(i) for i in range(ntasks)])
free = [began] * trees
ready = began
for i in range(ntasks):
    task, gate = name(i), i % wave == wave - 1
    bad = i % 37 == 5
    tree = min(range(trees), key=lambda k: free[k])
    at = max(free[tree], ready) if not gate else max(free)
    where = f"/srv/work/large.agentmake/wt-{tree + 1}"
    n = 1 if gate else nattempts
    for k in range(1, n + 1):
        log = os.path.join(os.path.abspath(state), "logs", task, f"large.{k}.log")
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="utf-8") as f:
            f.writelines(f"line {m} of attempt {k} at {task}: nothing that would be worth reading\n" for m in range(60))
        begin = at
        for phase, seconds in ("lease", 0.4), ("agent", 0 if gate else 20 + (i * 7 + k * 13) % 90), ("check", 0.3), \
                ("verify", 6 + i % 11):
            if seconds:
                say("task", at, task=task, state="running", attempt=k, phase=phase, worktree=where, log=log)
            at += seconds
        if not gate:
            say("usage", at, task=task, attempt=k, by="claude", session=f"s{i}-{k}", cost=0.11, tokens_in=21000,
                tokens_out=800 + i)
        if k < n or bad:
            say("attempt", at, task=task, state="failed", attempt=k, phase="verify", worktree=where, log=log,
                seconds=round(at - begin, 3), failure=f"the verification exited with status 1: make check T=m{i}")
            continue
        say("task", at, task=task, state="queued", attempt=k, phase="queued", worktree=where, log=log)
        at += 2
        say("task", at, task=task, state="merging", attempt=k, phase="merge", worktree=where, log=log)
        at += 0.5
        say("attempt", at, task=task, state="passed", attempt=k, phase="merge", worktree=where, log=log,
            seconds=round(at - begin, 3))
    say("task", at, task=task, state="failed" if bad else "done")
    free[tree] = at
    if gate:
        ready = at
say("end", max(free), id="large", status=1)
out.close()
