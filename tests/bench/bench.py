#!/usr/bin/env python3
"""What `make bench` measures; see bench.sh. usage: bench.py FOLDER SCRATCH"""
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time

here, work = sys.argv[1], sys.argv[2]
agentmake = os.environ["AGENTMAKE"]
rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
sizes = [int(n) for n in os.environ.get("BENCH_TASKS", "1000 10000 100000").split()]


def run(argv, folder, out=None):
    """Seconds and peak memory (KiB) of a command; its output goes to a file, as ours does."""
    with open(out or os.devnull, "wb") as f:
        begin = time.monotonic()
        p = subprocess.Popen(argv, cwd=folder, stdout=f, stderr=subprocess.DEVNULL,
                             stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(p.pid, 0)
        return time.monotonic() - begin, usage.ru_maxrss, os.waitstatus_to_exitcode(status)


def side_by_side(commands, folder):
    """Medians of several rounds, the commands taking turns."""
    seconds = {name: [] for name in commands}
    memory = {}
    for i in range(rounds):
        for name in (list(commands) if i % 2 == 0 else reversed(commands)):
            s, m, _ = run(commands[name], folder, f"{work}/out")
            seconds[name].append(s)
            memory[name] = m
    return {name: statistics.median(v) for name, v in seconds.items()}, memory


def commit_all(folder):
    subprocess.run("git add -A && git commit -qm x", shell=True, cwd=folder, check=True)


def planning():
    print("planning: --dry-run=json to a file, ninja -n, make -n, on the same graph")
    last = {}
    for n in sizes:
        folder = f"{work}/plan{n}"
        subprocess.run(["git", "init", "-q", folder], check=True)
        subprocess.run([f"{here}/generate", str(n), folder], check=True)
        commit_all(folder)
        commands = {"agentmake": [agentmake, "--dry-run=json"], "make": ["make", "-n"]}
        if shutil.which("ninja"):
            commands["ninja"] = ["ninja", "-n"]
        seconds, memory = side_by_side(commands, folder)
        ours = seconds["agentmake"]
        line = f"  {n:>7} tasks: {ours:7.3f} s, {memory['agentmake'] / 1024:6.1f} MiB"
        for other in ("ninja", "make"):
            if other in seconds:
                line += f"; {ours / seconds[other]:.2f} x {other} ({seconds[other]:.3f} s)"
        if last:
            line += f"; {ours / last['s']:.1f} x the time of {last['n']}"
            line += f", {(memory['agentmake'] - last['m']) * 1024 / (n - last['n']):.0f} bytes a task"
        print(line, flush=True)
        last = {"n": n, "s": ours, "m": memory["agentmake"]}
        shutil.rmtree(folder)


def task_repo(folder, tasks, files, sleep=None):
    subprocess.run(["git", "init", "-q", folder], check=True)
    rnd = random.Random(1)
    for i in range(files):
        os.makedirs(f"{folder}/d{i % 50}", exist_ok=True)
        with open(f"{folder}/d{i % 50}/file{i}", "w") as f:
            f.write("".join(rnd.choices("abcdefgh \n", k=2000)))
    with open(f"{folder}/Agentfile", "w") as f:
        f.write("jobs 4\nconfirm never\n")
        for i in range(tasks):
            f.write(f"task t{i}\n    owns out/t{i}\n    run  mkdir -p out; echo {i} > out/t{i}\n"
                    f"    verify test -s out/t{i}\n")
    commit_all(folder)


def trivial():
    print("200 trivial tasks with worktrees at -j4, against a script of git worktree add, commit, merge")
    for files in (100, 2000):
        ours, theirs = [], []
        for _ in range(max(1, rounds // 2)):
            folder = f"{work}/trivial"
            for kind in ("agentmake", "script"):
                shutil.rmtree(folder, ignore_errors=True)
                shutil.rmtree(folder + ".agentmake", ignore_errors=True)
                shutil.rmtree(f"{work}/wt", ignore_errors=True)
                task_repo(folder, 200, files)
                if kind == "agentmake":
                    s, _, status = run([agentmake, "-s"], folder)
                    ours.append(s)
                else:
                    s, _, status = run(["bash", f"{here}/by-hand.sh", folder, "200"], folder)
                    theirs.append(s)
                assert status == 0, (kind, status)
        a, b = statistics.median(ours), statistics.median(theirs)
        print(f"  {files:>5} files: {a:.2f} s against {b:.2f} s: {b / a:.1f} times as fast", flush=True)
        if files == 100:
            shutil.rmtree(folder + ".agentmake", ignore_errors=True)


def noop():
    print("nothing to do, 200 tasks done")
    folder = f"{work}/trivial"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder + ".agentmake", ignore_errors=True)
    task_repo(folder, 200, 100)
    run([agentmake, "-s"], folder)
    seconds, _ = side_by_side({"agentmake": [agentmake], "git status": ["git", "status"]}, folder)
    print(f"  {seconds['agentmake'] * 1000:.0f} ms, {seconds['agentmake'] / seconds['git status']:.1f} x git status",
          flush=True)


def leasing():
    print("a worktree used again for a commit that differs in one file, against git checkout and clean")
    for files in (100, 5000):
        folder = f"{work}/lease{files}"
        task_repo(folder, 0, files)
        with open(f"{folder}/Agentfile", "w") as f:
            f.write("jobs 1\nconfirm never\n")
            for i in range(40):
                after = f": t{i - 1}" if i else ""
                f.write(f"task t{i}{after}\n    owns out/t{i}\n    run  mkdir -p out; echo {i} > out/t{i}\n")
        commit_all(folder)
        s, _, _ = run([agentmake, "-s", "t0"], folder)
        s, _, _ = run([agentmake, "-s"], folder)
        subprocess.run(["git", "worktree", "add", "-q", "--detach", f"{work}/hand{files}", "main"], cwd=folder,
                       check=True)
        log = subprocess.run(["git", "rev-list", "--first-parent", "-n", "39", "agentmake/into/main"], cwd=folder,
                             stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        begin = time.monotonic()
        for commit in reversed(log):
            subprocess.run(f"git checkout -q --detach {commit} && git clean -fdq && mkdir -p out && true",
                           shell=True, cwd=f"{work}/hand{files}", check=True)
        hand = (time.monotonic() - begin) / len(log)
        print(f"  {files:>5} files: {s / 39 * 1000:.1f} ms for a whole task; checkout and clean alone take git "
              f"{hand * 1000:.1f} ms", flush=True)


def makespan():
    print("makespan of sleeping agents over max(critical path, work / N); agentmake's own cost is what the"
          " same graph takes without the sleep")
    for n, jobs in ((40, 4), (60, 8)):
        rnd = random.Random(n)
        duration = [min(2.0, rnd.lognormvariate(-1.2, 0.8)) for _ in range(n)]
        blockers = [sorted({rnd.randrange(i) for _ in range(rnd.randrange(3))}) if i else [] for i in range(n)]
        longest = [0.0] * n
        for i in range(n):
            longest[i] = duration[i] + max([longest[b] for b in blockers[i]], default=0)
        bound = max(max(longest), sum(duration) / jobs)
        took = {}
        for kind in ("asleep", "awake"):
            folder = f"{work}/makespan{n}{kind}"
            subprocess.run(["git", "init", "-q", folder], check=True)
            with open(f"{folder}/Agentfile", "w") as f:
                f.write(f"jobs {jobs}\nconfirm never\n")
                for i in range(n):
                    sleep = f"sleep {duration[i]:.3f}; " if kind == "asleep" else ""
                    f.write(f"task t{i}: {' '.join(f't{b}' for b in blockers[i])}\n    owns out/t{i}\n"
                            f"    run  {sleep}mkdir -p out; echo x >> out/t{i}\n")
            commit_all(folder)
            took[kind] = [run([agentmake, "-s"], folder)[0], run([agentmake, "-s", "-B"], folder)[0]]
        a, b = took["asleep"], took["awake"]
        print(f"  {n} tasks at -j{jobs}: {a[0] / bound:.3f} at first, {a[1] / bound:.3f} with recorded durations; "
              f"less its own cost {(a[0] - b[0]) / bound:.3f} and {(a[1] - b[1]) / bound:.3f} "
              f"(bound {bound:.2f} s, own cost {b[0]:.2f} s)", flush=True)


for part in (planning, trivial, noop, leasing, makespan):
    part()
