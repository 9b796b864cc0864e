#!/usr/bin/env python3
"""Breaks a run of five tasks at each of its calls that change something, one run a call, and looks at
what the next run makes of it; or, in the same way, another command.

usage: matrix.py [--jobs N] [--keep FOLDER] [--converted] [[COMMAND:]MODE[:K|:FROM-TO][/STRIDE[+OFFSET]] …]

A MODE is one of faults.c, as it is (fail) or for the calls of a name (fail@git_treebuilder_write), or one of those
below; fail%off is one without a sandbox, fail%landlock in that.
  kill      kill -9 of agentmake at a random time; K is how many times (20)
  kill-all  the same, its keepers at the same moment
  later     kill -9 at a random time, then the clock is set back: what is there is of the future
  files     K is how many files may be open at once (ulimit -n)
  disk      a file system of its own, with K KiB left on it; where one can be mounted
A COMMAND is one of commands.py in place of a run, as in land:fail; each:fail is all of them.
'slice' is some of everything, other calls each time, or those of $SEED; nothing is all of it, for hours.
With --converted the repository's files differ from their blobs (core.autocrlf), so the git program moves them.

Without a stride or a range every K is tried, until one is past the end; a stride begins at random, if not at OFFSET.
$AGENTMAKE is the program, $FAULTS the one with faults.c in it. After each broken run:
  - if it said that all is done, all is done; if not, it said why, and did not crash
  - the next run, by the ordinary program, ends well, with the same tree as one that nothing disturbs
  - each commit that ever was is reachable from a reference; one that agentmake made and did not come
    to use may be away if all that is in it is reachable
  - what a task wrote and did not take back itself (see task.sh) is in a reference or a work tree
  - no lock is held or left, no process is left, git fsck finds nothing
  - the user's branches, checkout, index, configuration and hooks are as they were
After a command:
  - the user's state, the integration branch, what --status says of each task and each report are as before or as
    after the command undisturbed, each as a whole; as after it where it said that all is well
  - the same command, by the ordinary program, ends well, and all is as after the command undisturbed
  - what references held they hold, but for what is given up; drafts, locks, processes and git fsck as above
  - --fsck finds nothing but what --clean mends; no file is left that is not there otherwise. But who dies while a
    file is written leaves it beside that, under a name of chance
"""
import argparse
import fcntl
import glob
import json
import os
import queue
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from commands import COMMANDS, DRAFTED, MORE, put_aside, state_of_reports

here = os.path.dirname(os.path.abspath(__file__))
program = os.environ["AGENTMAKE"]
faults = os.environ["FAULTS"]
PIDS, CALLS, LINE = 256, 8192, 128  # as in faults.c
INJECTED = ["fail", "full", "emfile", "die", "die-after", "die-all", "torn", "clock"]
WHOLE = ["fail", "die", "die-all", "full", "emfile", "torn", "clock/50", "kill:50", "kill-all:50", "later:20",
         "files:3-80", "disk:0-1000/20", "fail%off", "die%off", "die-all%off", "emfile%off", "fail%landlock/50",
         "die%landlock/50", "each:fail", "each:die", "each:die-all", "each:full", "each:emfile", "each:torn",
         "land:disk:0-120/4", "land:files:3-40"]
SLICE = ["fail/80", "die/80", "die-all/160", "full/100", "emfile/150", "torn/80", "clock/1000", "kill:6", "kill-all:4",
         "later:2", "files:3-80/25", "disk:0-1000/300", "fail%off/150", "die%off/150", "each:fail/150", "each:die/150",
         "land:disk:11-43/8"]
SLOT = re.compile(r"[0-9a-f]{8}-\d+|(?<=/wt-).*")  # in a path: which one it is, is of chance
PATIENCE = 120  # seconds; a run takes about one
into = "refs/heads/agentmake/into/main"
lock = threading.Lock()


def git(repo, *args, check=True):
    p = subprocess.run(["git", *args], cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and p.returncode:
        raise Exception(f"git {args[0]}: {p.stdout.decode()}")
    return p.stdout


def run_quietly(*argv):
    """Did it end well?"""
    return subprocess.run(argv, stderr=subprocess.DEVNULL).returncode == 0


def read_file(path):
    with open(path, errors="replace") as f:
        return f.read()


def make_template(folder, converted, more=""):
    """The repository that each case gets a copy of; `more`: what the Agentfile has beside the five tasks."""
    repo = f"{folder}/repo"
    os.makedirs(f"{repo}/src")
    git(repo, "init", "-q", "-b", "main")
    git(repo, "config", "user.name", "Tester")
    git(repo, "config", "user.email", "tester@example.com")
    if converted:
        git(repo, "config", "core.autocrlf", "input")
    for name, text in {"list": "the list\n", "src/f": "a file\n", ".gitignore": "*.o\n"}.items():
        with open(f"{repo}/{name}", "w") as f:
            f.write(text)
    with open(f"{repo}/Agentfile", "w") as f:
        f.write(read_file(f"{here}/Agentfile") + more)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "first")
    git(repo, "branch", "other")
    with open(f"{repo}/src/f", "a") as f:
        f.write("not committed\n")
    with open(f"{repo}/mine", "w") as f:
        f.write("not tracked\n")


def objects(repo):
    """All that the object database holds: name -> (type, bytes)."""
    out = git(repo, "cat-file", "--batch-all-objects", "--batch", "--unordered")
    found, at = {}, 0
    while at < len(out):
        end = out.index(b"\n", at)
        name, kind, size = out[at:end].decode().split()
        found[name] = (kind, out[end + 1:end + 1 + int(size)])
        at = end + 2 + int(size)
    return found


def parse_commit(data):
    head, _, message = data.decode(errors="replace").partition("\n\n")
    words = [line.split() for line in head.split("\n")]
    return (next(w[1] for w in words if w[0] == "tree"),
            [w[1] for w in words if w[0] == "parent"], message)


def reach(have, start):
    seen, todo = set(), list(start)
    while todo:
        name = todo.pop()
        if name in seen or name not in have:
            continue
        seen.add(name)
        kind, data = have[name]
        if kind == "commit":
            tree, parents, _ = parse_commit(data)
            todo += [tree, *parents]
        elif kind == "tree":
            while data:
                end = data.index(b"\0")
                todo.append(data[end + 1:end + 21].hex())
                data = data[end + 21:]
    return seen


def state_of_user(repo, of_refs="objectname"):
    files = {}
    for root, dirs, names in os.walk(repo):
        if root == repo:
            dirs.remove(".git")
        for n in names:
            with open(f"{root}/{n}", "rb") as f:
                files[os.path.relpath(f"{root}/{n}", repo)] = f.read()
    refs = [line for line in git(repo, "for-each-ref", f"--format=%(refname) %({of_refs})").decode().split("\n")
            if "agentmake" not in line]
    with open(f"{repo}/.git/config", "rb") as f:
        config = f.read()
    # status comes last: it may write the index, in which just the times may differ
    return (files, refs, config, sorted(os.listdir(f"{repo}/.git/hooks")), git(repo, "symbolic-ref", "HEAD"),
            git(repo, "ls-files", "--stage"), git(repo, "--no-optional-locks", "status", "--porcelain"))


def processes_of(case):
    """Those that have the case's mark in their environment."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as f:
                if f"FAULT_CASE={case}\0".encode() in f.read():
                    pid = int(path.split("/")[2])
                    with open(f"/proc/{pid}/cmdline", "rb") as c:
                        found.append((pid, c.read().replace(b"\0", b" ").decode(errors="replace")))
        except OSError:
            pass
    return found


class Case:
    def __init__(self, work, template, mode, k):
        self.word, self.k, self.name = mode, k, re.sub("[@%]", "-", f"{mode}-{k}")
        self.folder = f"{work}/{self.name}"
        self.work, self.template = work, template
        mode, _, sandbox = mode.partition("%")
        self.options = [f"--sandbox={sandbox}"] if sandbox else []
        self.mode, self.kind = mode, mode.split("@")[0]
        self.disk = f"{self.folder}/disk" if mode == "disk" else self.folder
        self.repo = f"{self.disk}/repo"
        self.problems = []
        self.hit, self.status, self.first = "", None, ""

    def wrong(self, text):
        self.problems.append(text)

    def environment(self):
        env = {n: v for n, v in os.environ.items()
               if not n.startswith(("GIT_", "MAKE", "MFLAGS", "AGENTMAKE", "XDG_"))}
        return {**env, "HOME": self.folder, "GIT_CONFIG_NOSYSTEM": "1", "TOOLS": f"{self.folder}/tools", "LC_ALL": "C.UTF-8",
                "LEDGER": f"{self.folder}/tools/ledger", "FAULT_CASE": self.folder, "TERM": "dumb"}

    def start(self, argv, out, env=None, files=None):
        def limit():
            if files is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        with open(f"{self.folder}/{out}", "wb") as f:
            return subprocess.Popen(argv, cwd=self.repo, stdin=subprocess.DEVNULL, stdout=f, stderr=f,
                                    env=env or self.environment(), preexec_fn=limit)

    def end(self, p, what):
        try:
            return p.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.wrong(f"{what} hangs: {processes_of(self.folder)}")
            p.kill()
            p.wait()
            return None

    def read(self, name):
        path = f"{self.folder}/{name}"
        return read_file(path) if os.path.exists(path) else ""

    def put_tools(self):
        """What tasks run, and the ledger beside it: the one folder that they may write."""
        os.mkdir(f"{self.folder}/tools")
        for name in ("task.sh", "resolve.sh"):
            shutil.copy(f"{here}/{name}", f"{self.folder}/tools")

    # ---- the broken run ----

    def run_injected(self):
        counter = f"{self.folder}/counter"
        env = {**self.environment(), "AGENTMAKE_FAULT": f"{self.mode}:{self.k}:{counter}"}
        status = self.end(self.start([faults, *self.options], "first", env), "the broken run")
        with open(counter, "rb") as f:
            head = f.read(12)
            self.count, hits, _ = struct.unpack("III", head)
            if hits:
                f.seek(12 + 4 * PIDS + LINE * self.k)
                self.hit = f.read(LINE).split(b"\0")[0].decode(errors="replace")
        self.over = not hits
        return status

    def run_killed(self):
        p = self.start([program, *self.options], "first")
        time.sleep(random.uniform(0, self.takes))
        pids = [p.pid]
        if self.mode == "kill-all":
            pids += [pid for pid, line in processes_of(self.folder) if "_keep" in line]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        status = self.end(p, "the broken run")
        if self.mode == "later":
            for root, _, names in os.walk(self.folder):
                for n in names:
                    s = os.lstat(f"{root}/{n}")
                    os.utime(f"{root}/{n}", ns=(s.st_atime_ns, s.st_mtime_ns + 3600 * 10**9),
                             follow_symlinks=False)
        return status

    def mount(self):
        """A file system for the repository and its work trees. Is it permitted?"""
        os.mkdir(self.disk)
        return run_quietly("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.disk)

    def run_on_small_disk(self):
        disk = os.statvfs(self.disk)
        with open(f"{self.disk}/ballast", "wb") as f:
            left = disk.f_bavail * disk.f_bsize // 1024 - self.k
            f.write(b"\0" * 1024 * max(left, 0))
        status = self.end(self.start([program, *self.options], "first"), "the broken run")
        os.unlink(f"{self.disk}/ballast")
        return status

    def break_run(self):
        if self.kind in INJECTED:
            return self.run_injected()
        if self.mode in ("kill", "kill-all", "later"):
            return self.run_killed()
        if self.mode == "disk":
            return self.run_on_small_disk()
        return self.end(self.start([program, *self.options], "first", files=self.k), "the broken run")

    # ---- what must be ----

    def tree(self):
        return git(self.repo, "rev-parse", "-q", "--verify", into + "^{tree}", check=False).decode().strip()

    def check_first(self, status, want):
        if status == 0 and self.tree() != want:
            self.wrong("it said that all is done, but it is not")
        if self.kind in ("fail", "full", "disk") and "target OID" in self.first:
            self.wrong("it believed in an object that was not written")
        if status in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, 134, 139) or "BUG" in self.first:
            self.wrong(f"it crashed: {status}")
        if status is not None and status > 0 and not re.search("error|cannot|failed", self.first):
            self.wrong("it failed, and does not say why")

    def check_commits(self, have, reached):
        """Those of tasks are in the ledger; git may have written others, and then not come to name them HEAD."""
        for name, (kind, data) in have.items():
            if kind != "commit" or name in reached:
                continue
            tree, parents, message = parse_commit(data)
            if "\nAgentmake-Task: " in message:  # a merge that was not made: the work is what counts
                lost = [p for p in parents[1:] if p not in reached]
            elif message.startswith("Both sides of task"):  # with the markers of the conflict
                lost = [p for p in parents if p not in reached]
            elif re.search(r"^Task \S+, attempt|^Unfinished work", message, re.M):
                lost = [x for x in [tree, *parents] if x not in reached]
            else:
                lost = [name] if name in self.heads else []
            if lost:
                self.wrong(f"lost: the commit {name[:10]} ({message.splitlines()[0]}): {lost}")

    def check_drafts(self, have, reached):
        written, committed = [], []
        for line in self.read("tools/ledger").splitlines():
            sign, _, what = line.partition(" ")
            if sign == "+":
                written.append(what)
            elif sign == "-" and what in written:
                written.remove(what)
            elif sign == "c":
                committed.append(what)
        for c in committed:
            if c not in reached:
                self.wrong(f"lost: the commit {c[:10]} of an agent")
        blobs = [have[n][1] for n in reached if have[n][0] == "blob"]
        for root, dirs, names in os.walk(f"{self.repo}.agentmake"):
            for n in names:
                with open(f"{root}/{n}", "rb") as f:
                    blobs.append(f.read())
        for w in written:
            if not any(w.encode() in b for b in blobs):
                self.wrong(f"lost: the draft {w}")

    def check_locks(self):
        """git's are left where their file is; ours are where the kernel holds one."""
        for root, _, names in os.walk(f"{self.repo}/.git"):
            for n in names:
                if not n.endswith("lock") or n.startswith("pack_git2_"):  # libgit2's, under a name of chance
                    continue
                if not root.startswith(f"{self.repo}/.git/agentmake"):
                    # the disk would not let go of it, and all was done: it waits for a run that has work
                    if self.status == 0 and self.hit.endswith(f"unlink {root}/{n}"):
                        continue
                    self.wrong(f"a lock is left: {root}/{n}")
                    continue
                with open(f"{root}/{n}") as f:
                    try:
                        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except OSError:
                        self.wrong(f"held: {root}/{n}")

    def check_processes(self):
        for _ in range(50):
            left = processes_of(self.folder)
            if not left:
                return
            time.sleep(0.1)
        self.wrong(f"still running: {left}")
        for pid, _ in left:
            os.kill(pid, signal.SIGKILL)

    def check(self, want, user):
        if self.tree() != want:
            self.wrong("the integration branch's tree is another")
        self.check_processes()
        self.check_locks()
        have = objects(self.repo)
        refs = git(self.repo, "for-each-ref", "--format=%(objectname)").decode().split()
        reached = reach(have, refs)
        self.check_commits(have, reached)
        self.check_drafts(have, reached)
        now = state_of_user(self.repo)
        if now != user:
            self.wrong(f"what a run must not touch has changed: {[(a, b) for a, b in zip(user, now) if a != b]}")
        self.check_fsck()

    def check_fsck(self):
        fsck = git(self.repo, "fsck", "--no-dangling", "--no-progress", check=False).decode()
        if fsck.replace("notice: No default references\n", ""):
            self.wrong(f"git fsck: {fsck}")

    def reference(self):
        """The tree that a run makes which nothing disturbs; says how many calls there are, and how long it takes."""
        os.makedirs(self.folder)
        subprocess.run(["cp", "-a", f"{self.template}/repo", self.folder], check=True)
        self.put_tools()
        begin = time.monotonic()
        status = self.run_injected()
        Case.takes = time.monotonic() - begin
        want = self.tree()
        if status:
            sys.exit(f"a run that nothing disturbs exits {status}:\n{self.read('first')}")
        print(f"{self.count} calls, {self.takes:.1f} s")
        self.close(None)
        return want

    def run(self, want):
        os.makedirs(self.folder)
        if self.mode == "disk" and not self.mount():
            self.over = self.skipped = True
            return
        subprocess.run(["cp", "-a", f"{self.template}/repo", self.disk], check=True)
        self.put_tools()
        user = state_of_user(self.repo)
        self.status = self.break_run()
        self.first = self.read("first")
        self.check_first(self.status, want)
        self.heads = {h.split()[-1] for h in map(read_file, glob.glob(f"{self.repo}/.git/worktrees/*/HEAD")) if h}
        status = self.end(self.start([program, "--status"], "status"), "--status")
        if status:
            self.wrong(f"--status exits {status}: {self.read('status')}")
        status = self.end(self.start([program, *self.options], "second"), "the next run")
        if status:
            self.wrong(f"the next run exits {status}")
        self.check(want, user)
        if not self.problems:
            status = self.end(self.start([program, *self.options, "-q"], "third"), "-q")
            if status:
                self.wrong(f"then there is work left: {self.read('third')}")

    over = skipped = False
    count = 0
    takes = 1.0

    def tell(self):
        for p in self.problems:
            print(f"FAIL  {self.word} {self.k}: {p}")
        print(f"      at: {self.hit}; it exited {self.status}")
        for name in ("first", "second"):
            for line in self.read(name).splitlines()[-30:]:
                print(f"      {name}| {line}")
        sys.stdout.flush()

    def close(self, keep):
        if self.problems and keep:
            shutil.copytree(self.folder, f"{keep}/{self.name}", symlinks=True, dirs_exist_ok=True)
        if self.mode == "disk":
            run_quietly("umount", self.disk)
        run_quietly("chmod", "-R", "u+rwX", self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


class Command(Case):
    """One of commands.py in place of a run. Work trees have their path in many places, so all cases of a worker
    have the same folder, one after another."""

    def __init__(self, work, name, mode, k, place):
        super().__init__(work, None, mode, k)
        self.word = f"{name}:{mode}"
        self.prepare, arguments, *gives_up = COMMANDS[name]
        self.options += arguments
        self.gives_up = gives_up[0] if gives_up else None
        self.folder = f"{work}/commands-{place}"
        self.name = f"{name}-{self.name}"
        self.disk = f"{self.folder}/disk"
        self.repo = f"{self.disk}/repo"

    def put(self):
        """Fills the folder. False: there is no file system for it."""
        saved = f"{self.folder}.saved"
        if not os.path.exists(saved):
            make_template(self.disk, False, MORE)
            self.put_tools()
            self.end(self.start([program], "made"), "the run before it")
            git(self.repo, "repack", "-adq")  # many small files take long to be copied
            os.rename(self.folder, saved)
        shutil.copytree(f"{saved}/tools", f"{self.folder}/tools")
        if self.mode == "disk" and not self.mount():
            return False
        subprocess.run(["cp", "-a", f"{saved}/disk", self.folder], check=True)
        self.prepare(self)
        return True

    def state(self):
        """What changes as a whole, each part of it, or not at all."""
        status = subprocess.run([program, "--status=json"], cwd=self.repo, env=self.environment(), stdout=subprocess.PIPE)
        tasks = {t["name"]: t["state"] for t in json.loads(status.stdout)["tasks"]}
        return [state_of_user(self.repo, "tree"), self.tree(), tasks, *state_of_reports(self.disk)]

    def names(self):
        """The files that are there, but for those whose name is of chance or that are meant to become more."""
        found = set()
        for root, _, names in os.walk(self.disk):
            found.update(os.path.relpath(f"{root}/{n}", self.disk) for n in names)
        return {SLOT.sub("slot", n) for n in found
                if not re.search(r"/objects/|/logs/|/refs/agentmake/kept/|\.view/|/agentmake/run/", n)}

    def remove_drafts(self):
        """Who dies while it writes a file leaves that beside it; also where the disk does not let go of it."""
        if self.status and self.status < 0 or " unlink " in self.hit:
            for root, _, names in os.walk(self.disk):
                for n in names:
                    if re.search(r"\.\w{6}$", n) and n.rpartition(".")[0] in DRAFTED:
                        os.unlink(f"{root}/{n}")

    def held(self, have):
        """What the references hold that the command does not give up."""
        lines = git(self.repo, "for-each-ref", "--format=%(objectname) %(refname)").decode().splitlines()
        return reach(have, [w.split()[0] for w in lines if not (self.gives_up and self.gives_up.search(w))])

    def once(self, out, *more):
        status = self.end(self.start([program, *(more or self.options)], out), " ".join(more or self.options))
        self.check_processes()
        return status

    def reference(self):
        """What comes of it undisturbed: the state before and after, its status, that of the same once more, ..."""
        self.put()
        before, begin = self.state(), time.monotonic()
        status = self.run_injected()
        self.takes = time.monotonic() - begin
        after = self.state()
        again = self.once("second")
        ref = {"count": self.count, "before": before, "after": after, "status": status, "again": again, "takes": self.takes,
               "names": self.names(), "-q": self.once("third", "-q"), "--fsck": self.once("fsck", "--fsck")}
        self.close(None)
        print(f"{self.word}: {self.count} calls, {self.takes:.2f} s, exits {status}, then {again}")
        return ref

    def is_half(self, ref):
        for now, before, after in zip(self.state(), ref["before"], ref["after"]):
            if now not in (before, after):
                return differences(now, before), differences(now, after)
        return None

    def run(self, ref):
        if not self.put():
            self.over = self.skipped = True
            return
        self.takes = ref["takes"]
        before = self.held(objects(self.repo))
        self.status = self.break_run()
        self.first = self.read("first")
        self.check_processes()
        self.check_first(self.status, self.tree())
        self.remove_drafts()
        if "git wrote before that is still there" in self.first:
            put_aside(self.repo)
        half, done = self.is_half(ref), self.state() == ref["after"]
        if half:
            self.wrong(f"it is half done: {half}")
        if self.status == 0 and not done:
            self.wrong("it said that all is done, but it is not")
        if self.once("status", "--status"):
            self.wrong(f"--status fails: {self.read('status')}")
        status = self.once("second")
        if status != ref["status"] and not (done and status == ref["again"]):
            self.wrong(f"the same once more exits {status}")
        half = self.is_half({"before": ref["after"], "after": ref["after"]})
        if half:
            self.wrong(f"the same once more ends otherwise: {half}")
        unlinked = self.hit.partition(" unlink ")[2]  # the disk would not let go of it
        left = {n for n in self.names() - ref["names"]
                if not unlinked or not f"{self.disk}/{n}".startswith(SLOT.sub("slot", unlinked))}
        if left:
            self.wrong(f"left: {left}")
        have = objects(self.repo)
        now = self.held(have)
        lost = before - now
        if lost:
            self.wrong(f"lost: {[(n, have.get(n, ['gone'])[0]) for n in lost]}")
        self.check_drafts(have, now)
        self.check_locks()
        self.check_fsck()
        if self.once("third", "--fsck") and "mend: agentmake --clean" in self.read("third"):
            self.once("clean", "--clean")  # a work tree that was left in the middle of a verification
        for option in ("-q", "--fsck"):
            status = self.once("third", option)
            if status != ref[option]:
                self.wrong(f"then {option} exits {status}: {self.read('third')}")


def differences(a, b):
    """What differs in two states, short enough to be shown."""
    if isinstance(a, tuple):
        return [differences(x, y) for x, y in zip(a, b) if x != y]
    if isinstance(a, dict):
        return {n: (a.get(n), b.get(n)) for n in {*a, *b} if a.get(n) != b.get(n)}
    return a, b


def parse(word):
    """[COMMAND:]MODE[:K|:FROM-TO][/STRIDE[+OFFSET]] -> the command, the mode, its K's (endless where no end is given)"""
    m = re.fullmatch(r"(?:([a-z-]+):)?([a-z-]+(?:@\w+)?(?:%[a-z]+)?)(?::(\d+)(?:-(\d+))?)?(?:/(\d+)(?:\+(\d+))?)?", word)
    if not m or m.group(1) not in [None, *COMMANDS]:
        sys.exit(f"matrix.py: what is '{word}'?")
    command, mode, a, b, stride, offset = m.groups()
    stride = int(stride or 1)
    if mode.split("%")[0] in ("kill", "kill-all", "later"):
        return command, mode, range(1, int(a or 20) + 1)
    if re.split("[@%]", mode)[0] not in [*INJECTED, "files", "disk"]:
        sys.exit(f"matrix.py: what is the mode '{mode}'?")
    first, last = (int(a), int(b or a)) if a else (1, CALLS)
    offset = int(offset) if offset else random.randrange(stride)
    return command, mode, range(first + offset % stride, last + 1, stride)


def worker(todo, done, make, want, keep, place):
    while True:
        try:
            mode, k = todo.get_nowait()
        except queue.Empty:
            return
        with lock:
            if k > done[mode]["end"]:
                continue
        case = make(mode, k, place)
        try:
            case.run(want)
        except Exception as e:  # a case that cannot be looked at is one that failed
            case.wrong(f"{type(e).__name__}: {e}")
        with lock:
            d = done[mode]
            if case.over:
                d["end"] = min(d["end"], k)
                d["skipped"] |= case.skipped
            else:
                d["n"] += 1
            if case.problems:
                d["failed"].append(k)
                case.tell()
        case.close(keep)


def expand(word):
    """each: stands for every command."""
    return [f"{c}:{word[5:]}" for c in COMMANDS] if word.startswith("each:") else [word]


def go_through(word, args, work, references):
    """All of a mode's K's; how many failed."""
    command, mode, ks = parse(word)

    def make(mode, k, place):
        return Command(work, command, mode, k, place) if command else Case(work, f"{work}/template", mode, k)
    if command not in references:
        references[command] = make("count", 1, 0).reference()
    want = references[command]
    end = want["count"] if command and mode in ("fail", "die", "die-after", "die-all") else CALLS
    done = {mode: {"n": 0, "end": end, "failed": [], "skipped": False}}
    todo = queue.Queue()
    start = ks.start if ks.start <= end else 1 + ks.start % end  # one at least
    for k in range(start, min(ks.stop, end + 1), ks.step):
        todo.put((mode, k))
    threads = [threading.Thread(target=worker, args=(todo, done, make, want, args.keep, i)) for i in range(args.jobs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    d = done[mode]
    if d["skipped"]:
        print(f"SKIP  {word}: no file system can be mounted here: the full disk was NOT tried", flush=True)
    else:
        print(f"{'FAIL' if d['failed'] else 'ok  '}  {word}: {d['n']} runs from {start} by {ks.step}, "
              f"{len(d['failed'])} failed {sorted(d['failed'])[:40]}", flush=True)
    return len(d["failed"])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--keep")
    p.add_argument("--converted", action="store_true")
    p.add_argument("what", nargs="*", default=WHOLE)
    args = p.parse_args()
    random.seed(os.environ.get("SEED"))
    if args.what == ["slice"]:
        args.what = SLICE
    work = tempfile.mkdtemp(prefix="agentmake-faults.")
    begin = time.monotonic()
    failed = 0
    try:
        make_template(f"{work}/template", args.converted)
        references = {}
        for word in [w for what in args.what for w in expand(what)]:
            mine = ["unshare", "-Urm"]  # a name space in which who is not root may mount
            if re.match(r"([a-z-]+:)?disk", word) and os.geteuid() and run_quietly(*mine, "true"):
                failed += subprocess.run([*mine, sys.executable, __file__, word]).returncode
            else:
                failed += go_through(word, args, work, references)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{failed} failed, in {time.monotonic() - begin:.0f} s")
    sys.exit(1 if failed else 0)


main()
