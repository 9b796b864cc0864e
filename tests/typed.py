"""What a line becomes when TAB is pressed behind it, in a real shell on a terminal of its own.

usage: typed.py bash|zsh COMPLETION <lines

For each line of standard input prints the line as the shell completed it, and a '|' where it ends; in zsh,
where a line begins with '?', what it offers instead, a line each. COMPLETION is the file that is tried.
"""
import os, pty, re, select, sys, tempfile, time

shell, completion = sys.argv[1:]
folder = tempfile.mkdtemp()
out = os.path.join(folder, "out")
open(out, "w").close()

BASH = r"""PS1= PS2=; bind 'set bell-style none'; bind 'set show-all-if-ambiguous off'; source %(file)s
shown() { printf '%%s|\n' "$READLINE_LINE" >>%(out)s; }; bind -x '"\C-x\C-p": shown'; echo >>%(out)s
"""
ZSH = r"""PS1= PS2=; unsetopt auto_list auto_menu beep zle_bracketed_paste prompt_cr; fpath=(%(dir)s $fpath)
autoload -Uz compinit; compinit -u -D; compdef _agentmake agentmake
shown() { print -r -- "$BUFFER|" >>%(out)s }; zle -N shown; bindkey '^X^P' shown
bindkey '^I' complete-word; bindkey '^X^O' offered; offered() { asked=1; zle complete-word; asked=; shown }; zle -N offered
compadd() { local -a hits; if [[ -z $asked || " ${(j. .)@[1,(i)(-|--)]} " == *' -'[OAD]' '* ]]; then
builtin compadd "$@"; else builtin compadd -A hits "$@"; print -rl -- $hits >>%(out)s; builtin compadd "$@"; fi }
echo >>%(out)s
"""


def answer(fd, known):
    """Waits until a line that is the last has come into the file; returns what came."""
    began = time.time()
    while time.time() - began < 60:
        ready, _, _ = select.select([fd], [], [], 0.01)
        if ready:
            os.read(fd, 65536)
        with open(out, encoding="utf-8") as f:
            text = f.read()[known:]
        if text.endswith("|\n") or text == "\n":
            return text
    sys.exit(f"{shell} says nothing")


words = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
setup = {"bash": BASH, "zsh": ZSH}[shell] % {"file": completion, "dir": os.path.dirname(completion), "out": out}
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", INPUTRC="/dev/null", HISTFILE="/dev/null")
    os.execvp(words[0], words)
os.write(fd, setup.encode())
known = len(answer(fd, 0))
os.write(fd, b"\x18\x10") # once this is answered the shell reads keys, and no line
known += len(answer(fd, known))
for line in sys.stdin.read().splitlines():
    keys = "\x18\x0f" if line.startswith("?") else "\t\x18\x10"
    os.write(fd, (line.lstrip("?") + keys).encode())
    text = answer(fd, known)
    known += len(text)
    print(text, end="")
    os.write(fd, b"\x05\x15")
os.close(fd)
os.waitpid(pid, 0)
os.remove(out)
os.rmdir(folder)
