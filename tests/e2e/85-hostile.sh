. "$E2E/lib.sh"

# What comes from a repository that nobody has looked at yet, or from an agent: reading it ends, stays inside,
# and what is shown of it is harmless. `timeout` stands for "it does not come back".

am_soon() {
	timeout 60 "$AGENTMAKE" "$@" >"$top/out" 2>"$top/err" </dev/null
	status=$?
}

it "reads nothing outside of the repository, and waits for no pipe or device"
repo outside
echo 'secret: task leaked' >"$top/secret"
ln -s "$top/secret" link && ln -s "$top" folder && ln -s /dev/zero zero && ln -s nowhere dangling && ln -s loop loop
mkfifo fifo && ln -s fifo tofifo && ln -s .git/config config
for f in "$top/secret" src/../../secret link folder/secret zero loop fifo tofifo src config; do
	for form in 'include %s' 'task t\n    agent sh\n    prompt @%s' 'for X in lines %s\n    task t-{{X}}\n        run true' \
		'agent x\n    run true\n    role %s\ntask t\n    agent x\n    prompt x' \
		'task t\n    agent sh\n    prompt x\n    brief @%s'; do
		# shellcheck disable=SC2059
		printf "$form\n" "$f" >Agentfile
		am_soon --check
		status_is 2
		err_has Agentfile:
		err_lacks leaked
	done
done
err_has "leads out of the repository, to "
printf 'include? fifo\n' >Agentfile
am_soon -n
status_is 2
err_has "'fifo' is no file"

it "takes no Agentfile that is elsewhere, a pipe, a device, a folder or huge"
for make in "ln -s $top/secret" mkfifo "ln -s /dev/zero" mkdir "ln -s Agentfile" "truncate -s 3G"; do
	rm -rf Agentfile
	$make Agentfile
	for option in --check -n "--owners x"; do
		am_soon $option
		status_is 2
		err_has Agentfile
		err_lacks leaked
	done
done
rm -rf Agentfile fifo tofifo

it "ends with an error, whatever is too much, and with little memory"
cat >"$top/hostile.py" <<'END'
import os, resource, subprocess, sys

run = "    run true\n"
def tasks(n, line, head="task t%d\n"):
    return "".join((head + "    run true\n    " + line + "\n") % ((i,) * (head + line).count("%d")) for i in range(n))

files = {
    "a value of more than": "A = xxxxxxxxxxxxxxxx\n" + "A = {{A}}{{A}}\n" * 60 + "task t\n    run echo {{A}}\n",
    "the variables take more than": "A = " + "x" * 900000 + "\n" + "".join("B%d = {{A}}\n" % i for i in range(900)),
    "more than 200000 tasks": "".join("    " * i + "for V%d in a b c d e f g h i j\n" % i for i in range(9))
        + "    " * 9 + "task t-" + "".join("{{V%d}}" % i for i in range(9)) + "\n" + "    " * 10 + "run true\n",
    "the braces stand for more than": "task t\n" + run + "    owns " + "{a,b}" * 40 + "\n",
    "includes itself": "include Agentfile\n",
    "is larger than": "task t\n    run echo " + "x" * 40000000 + "\n",
    "the statement takes more than": "for X in a\n" + " task a\n" * 2000000,
    "words or commands in one statement": "task t\n" + run + "    owns " + "x " * 5000000 + "\n",
    "a value of more than 1048576": "A = " + "x" * 1000000 + "\nfor X in " + "a " * 300000
        + "\n    task t{{X}}\n        run {{A}}{{A}}\n",
    "more than 250 agents": "".join("agent x%d\n    run true\n" % i for i in range(50000)),
    "more than 64 pools": "".join("pool p%d 1\n" % i for i in range(50000)),
    "more than 64 variants": "task t\n" + run + "    variants " + " ".join("v%d" % i for i in range(90000)) + "\n",
    "of NAME=value in one list": tasks(500, "env " + " ".join("A%d=x" % i for i in range(1000)).replace("%", "%%")),
    "regular expressions": "agent x\n" + run + "    capture /(?:(?:ab|cd){0,60}){0,9}/\n" * 90000 + "task t\n" + run,
    "regular expression is too large": "agent x\n" + run + "    capture /((a{1,60000}){1,60000})/\ntask t\n" + run,
    "more than 1000000 patterns": "defaults\n    reads " + " ".join("f%d" % i for i in range(9000)) + "\n"
        + tasks(5000, "owns d%d"),
    "the patterns over names are too many": tasks(10000, "owns d%d", "task t%d: *%d\n"),
    "blockers of all tasks together": tasks(5000, "owns a%d", "task a%d\n") + tasks(5000, "owns b%d", "task b%d: a*\n"),
    "too many and too alike": tasks(1000, "owns " + "*a" * 400 + "%d*"),
    "too many and too alike ": tasks(1000, "owns **/" + "*a*b" * 200 + "/**/%d"),
    "too many and too alike  ": tasks(600, "owns **/*%d !" + " !".join("**/*%s*%s*%%d/**" % (c, d)
        for c in "abcdefgh" for d in "abcdefgh")),
    "would wait for one another": tasks(20000, "owns d%d\n    reads **"),
    "the tasks wait for each other": "".join("task t%d: t%d\n%s" % (i, (i + 1) % 100000, run) for i in range(100000)),
    "tracked files were looked at": "for X in " + "a " * 300000 + "\n    for Y in glob **/*q\n        task t\n            run x\n",
    # and what is large, but right: looked at in each way
    "": "".join("task t%d\n    owns d%d/**\n    run true\n" % (i, i) for i in range(100000)),
    " ": "conflicts any-order\n" + "".join("task t%d\n    owns **\n    run true\n" % i for i in range(20000)),
}
worst = 0
for said, text in files.items():
    with open("Agentfile", "w") as f:
        f.write(text)
    for option in ["--check"] if said.strip() else ["--check", "-n", "--graph", "--conflicts", "--owners=x/y", "--prompt=t"]:
        with open("../err", "wb") as err:
            p = subprocess.Popen([os.environ["AGENTMAKE"]] + option.split("="), stdout=subprocess.DEVNULL, stderr=err)
            _, status, used = os.wait4(p.pid, 0)
        text = open("../err", errors="replace").read()
        want = 2 if said.strip() else 0
        if not os.WIFEXITED(status) or option != "--prompt=t" and os.WEXITSTATUS(status) != want or said.strip() not in text:
            sys.exit("%s: status %d, and no '%s': %s" % (option, status, said, text[:300]))
        if used.ru_maxrss > 256 * 1024 and "sanitize" not in os.environ["AGENTMAKE"]:
            sys.exit("%s: %d KiB for '%s'" % (option, used.ru_maxrss, said))
END
timeout 300 python3 "$top/hostile.py" >"$top/out" 2>&1 || fail "it went wrong"
rm Agentfile

it "gives a terminal nothing to obey, and a pipe what there is"
repo terminal
printf 'task evil\n    title \033[31mred\302\2331m\342\200\256\n    owns evil "\033c"\n    prompt \033]0;title\007\n    agent fake\n' >Agentfile
cat >>Agentfile <<'END'
agent fake
    run printf 'evil \033]0;own\007 \302\233 \342\200\256 \177 a\tb \377\n' | tee evil
task bad
    owns bad
    run printf '::error::injected\n \033]0;own\007\302\2331m'; false
    verify true
END
git add -A && git commit -qm tasks
cat >"$top/terminal.py" <<'END'
import os, pty, sys

status, fd = pty.fork()
if not status:
    os.environ.update(TERM="xterm", NO_COLOR="1")
    os.execvp(sys.argv[1], sys.argv[1:])
out = b""
while True:
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    out += more
os.waitpid(status, 0)
text = out.decode("utf-8", "surrogateescape")
import re
text = re.sub("\x1b\\[(J|K|[0-9]+A|[?](7|25|2004|2026)[hl])", "", text) # the live view's own
bad = [hex(ord(c)) for c in text if (ord(c) < 32 and c not in "\r\n\t") or 0x7f <= ord(c) < 0xa0
       or ord(c) in range(0x202a, 0x202f) or ord(c) >= 0xdc80 and ord(c) < 0xdd00]
if bad or len(text) < 5:
    sys.exit("%s: %s in %r" % (sys.argv[2:], bad, text))
END
for option in -n -y "--log evil" "--log bad" "--diff evil" --status --history "--owners evil" --graph --graph=dot \
	--graph=mermaid "--prompt evil" --status=json -n=json --explain --conflicts "-n -B" "--check" "-B -y --annotate"; do
	[ "$option" = --check ] && printf 'nonsense \302\2331m\n::error::x\n' >>Agentfile
	# shellcheck disable=SC2086
	timeout 60 python3 "$top/terminal.py" "$AGENTMAKE" $option >"$top/out" 2>&1 || fail "agentmake $option"
done
am --check
grep -q '^::' "$top/err" && fail "a line of the Agentfile is a command to a CI system"
git checkout -q Agentfile
am --log evil
grep -q "$(printf '\033')]0;own" "$top/out" || fail "a pipe does not get the log as it is"
git log --format=%s agentmake/into/main | grep -q "$(printf '\033')" && fail "an escape in a commit's subject"

it "names no task with what a terminal obeys or turns round"
for name in 'a\033b' 'a\302\233b' 'a\342\200\256b' 'a\177b' 'a\342\201\246b'; do
	# shellcheck disable=SC2059
	printf "task \"$name\"\n    run true\n" >Agentfile
	am --check
	status_is 2
done

it "loses of the journal at most the line that was hit, and says which"
repo journal
agentfile <<'END'
task a
    owns src/f1
    run echo A > src/f1
task b: a
    owns src/f2
    run echo B > src/f2
END
am
status_is 0
cp .git/agentmake/journal "$top/journal"
size=$(wc -c <"$top/journal")
lines=$(wc -l <"$top/journal")
for at in $(seq 0 97 $((size - 1))) $((size - 1)); do
	python3 - "$top/journal" .git/agentmake/journal "$at" <<'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[3])] ^= 1 << int(sys.argv[3]) % 7
open(sys.argv[2], "wb").write(b)
END
	am --status
	status_is 0
	[ ! -s "$top/err" ] || err_has "is damaged and was left out; the other $((lines - 1)) are good" \
		|| err_has "are damaged and were left out"
	head -c "$at" "$top/journal" >.git/agentmake/journal
	am --status
	status_is 0
	if [ "$at" -gt 0 ] && [ -n "$(tail -c 1 .git/agentmake/journal | tr -d '\n')" ]; then
		err_has ".git/agentmake/journal: line $(($(wc -l <.git/agentmake/journal) + 1)) is damaged and was left out; the other $(wc -l <.git/agentmake/journal) are good"
	fi
done
am -n
out_has "0 tasks to run"
am
status_is 0

it "goes on where an agent's patterns would never end, and says so"
repo patterns
for line in "'a' * 14 + 'b'" "'a' * 60 + 'b'"; do
	rm -rf .git/agentmake
	agentfile <<END
agent slow
    run python3 -c "for i in range(100000): print($line)"; echo "$line" > src/f1
    capture /(?<x>(a+)+)$/
task t
    owns src/f1
    prompt x
    timeout 60s
    agent slow
END
	am_soon -B
	status_is 0
	err_has "the patterns of agent 'slow' took too long on its output"
done
