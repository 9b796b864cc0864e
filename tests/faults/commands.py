"""Commands that change something, each where it has something to do: in a copy of a repository in which the five
tasks are merged, a sixth failed, and one waits for a review. matrix.py breaks them as it breaks a run."""
import os
import re
import subprocess

# behind tests/faults/Agentfile
MORE = """base main
task x
    owns   src/x
    run    sh "$TOOLS/task.sh"
    verify false
agent silent
    run true
task y
    owns   src/y
    run    sh "$TOOLS/task.sh"
    review silent
"""
# what a report is before, and how one ends that is whole
REPORTS = {"page": ("<!doctype html>\nan older one\n", "</html>\n"), "trace": ('{"traceEvents":["an older one"', "}}\n")}
# files that are written under a name of chance first
DRAFTED = ["Agentfile", "new.agentfile", "page", "trace", "gc.pid", "records", "journal"]


def write(path, text, how="w"):
    with open(path, how) as f:
        f.write(text)


def user_git(repo, *args):
    subprocess.run(["git", *args], cwd=repo, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def put_aside(repo):
    """As --land says where git could not end what it began; what is the user's comes back from there."""
    user_git(repo, "stash", "-u")
    if not subprocess.run(["git", "rev-parse", "-q", "--verify", "stash"], cwd=repo, stdout=subprocess.DEVNULL).returncode:
        user_git(repo, "checkout", "stash", "--", "src/f")
        user_git(repo, "checkout", "stash^3", "--", "mine")
        user_git(repo, "reset", "-q")
        user_git(repo, "stash", "drop")


def nothing(case):
    pass


def be_elsewhere(case):
    user_git(case.repo, "checkout", "-q", "other")


def move_base(case):
    write(f"{case.repo}/new", "of the user\n")
    user_git(case.repo, "add", "new")
    user_git(case.repo, "commit", "-qm", "another")


def move_base_elsewhere(case):
    move_base(case)
    be_elsewhere(case)


def be_in_the_way(case):
    write(f"{case.repo}/list", "of the user\n", "a")


def leave_work(case):
    write(f"{case.disk}/repo.agentmake/wt-1/src/left", "draft left-4711\n")
    write(f"{case.folder}/tools/ledger", "+ left-4711\n", "a")


def break_layout(case):
    write(f"{case.repo}/Agentfile", "\n\n\ntask y\n  run true\n", "a")


def remove_agentfile(case):
    os.unlink(f"{case.repo}/Agentfile")


def list_commands(case):
    write(f"{case.repo}/todo", "make all\ntrue\n")


def report_before(case):
    for name, (before, _) in REPORTS.items():
        write(f"{case.disk}/{name}", before)


def state_of_reports(folder):
    state = []
    for name, (before, end) in REPORTS.items():
        path = f"{folder}/{name}"
        with open(path if os.path.exists(path) else os.devnull) as f:
            text = f.read()
        state.append("whole" if text.endswith(end) else text)
    return state


# name -> what is done before, the arguments, and which references they give up
COMMANDS = {
    "land": (nothing, ["--land"]),
    "land-away": (be_elsewhere, ["--land"]),
    "land-moved": (move_base, ["--land"]),
    "land-moved-away": (move_base_elsewhere, ["--land"]),
    "land-blocked": (be_in_the_way, ["--land"]),
    "undo": (nothing, ["--undo", "e"]),
    "mark-done": (nothing, ["--mark-done", "x"]),
    "approve": (nothing, ["--approve", "y"]),
    "discard": (nothing, ["--discard", "x"], re.compile("refs/(heads/agentmake/task/x|agentmake/kept/x/.*)$")),
    "clean": (leave_work, ["--clean"]),
    "fmt": (break_layout, ["--fmt"]),
    "init": (remove_agentfile, ["--init"]),
    "import": (list_commands, ["--import", "commands:todo", "-f", "new.agentfile"]),
    "status": (report_before, ["--status", "--report", "../page", "--trace", "../trace"]),
}
